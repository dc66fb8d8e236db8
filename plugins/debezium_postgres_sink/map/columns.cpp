#include "debezium_postgres_sink/map/columns.h"

#include <algorithm>

namespace sluice::debezium {
namespace {

struct Row {
  std::string_view name;
  Meta meta;
};
constexpr Row kMetas[] = {
    {"@op", Meta::op},       {"@operation", Meta::operation}, {"@source.ts", Meta::source_ts}, {"@ts", Meta::ts},
    {"@lsn", Meta::lsn},     {"@txid", Meta::txid},           {"@topic", Meta::topic},         {"@partition", Meta::partition},
    {"@offset", Meta::offset}, {"@kafka.ts", Meta::kafka_ts},     {"@now", Meta::now},           {"@none", Meta::none},
};

}  // namespace

std::optional<Meta> meta_of(std::string_view source) {
  if (source.starts_with(kConstant)) return Meta::value;
  const auto* found = std::ranges::find(kMetas, source, &Row::name);
  if (found == std::end(kMetas)) return std::nullopt;
  return found->meta;
}

std::string meta_names() {
  std::string names;
  for (const Row& row : kMetas) names.append(names.empty() ? "" : ", ").append(row.name);
  return names + " or @value:TEXT";
}

const char* name_of(Meta meta) {
  const auto* found = std::ranges::find(kMetas, meta, &Row::meta);
  return found == std::end(kMetas) ? "@value" : found->name.data();
}

const TargetColumn* Table::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &TargetColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace sluice::debezium
