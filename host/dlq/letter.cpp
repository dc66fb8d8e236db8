#include "dlq/letter.h"

#include <algorithm>
#include <string_view>

namespace sluice {
namespace {

constexpr std::string_view kFirstOfContext = "__connect.errors.topic";

std::string_view name_of(const sluice_header& header) { return {header.name, header.name_len}; }

// The last one counts: a record that was a dead letter before has an older set.
std::optional<std::string> value_of(const std::vector<sluice_header>& headers, std::string_view name) {
  const auto found = std::find_if(headers.rbegin(), headers.rend(), [&](const sluice_header& h) { return name_of(h) == name; });
  if (found == headers.rend() || !found->value) return std::nullopt;
  return std::string(static_cast<const char*>(found->value), found->value_len);
}

std::optional<Coordinates> origin_of(const std::vector<sluice_header>& headers) {
  const auto topic = value_of(headers, kFirstOfContext);
  const auto partition = parse_place<int32_t>(value_of(headers, "__connect.errors.partition").value_or(""));
  const auto offset = parse_place<int64_t>(value_of(headers, "__connect.errors.offset").value_or(""));
  if (!topic || topic->empty() || !partition || !offset) return std::nullopt;
  return Coordinates{{*topic, *partition}, *offset};
}

}  // namespace

Letter read_letter(Coordinates at, Record record) {
  Letter letter;
  letter.at = std::move(at);
  record.headers = record.all_headers();
  const auto say = [&](std::string_view name) { return value_of(record.headers, name).value_or(""); };
  letter.origin = origin_of(record.headers);
  letter.connector = say("__connect.errors.connector.name");
  letter.code = say("__sluice.errors.sqlstate");
  letter.column = say("__sluice.errors.column");
  letter.reason = say("__connect.errors.exception.message");
  letter.record = std::move(record);
  return letter;
}

Record original_of(const Letter& letter, bool wants_headers) {
  Record record;
  record.offset = letter.origin->offset;
  record.timestamp_ms = letter.record.timestamp_ms;
  record.key = letter.record.key;
  record.key_len = letter.record.key_len;
  record.value = letter.record.value;
  record.value_len = letter.record.value_len;
  if (!wants_headers) return record;
  // The context comes after the record's own headers, the topic first.
  const std::vector<sluice_header>& all = letter.record.headers;
  const auto context = std::find_if(all.rbegin(), all.rend(), [](const sluice_header& h) { return name_of(h) == kFirstOfContext; });
  record.headers.assign(all.begin(), context == all.rend() ? all.end() : context.base() - 1);
  return record;
}

}  // namespace sluice
