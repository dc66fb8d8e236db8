#include "debezium_postgres_sink/write/append_sql.h"

#include <algorithm>
#include <vector>

#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

// The column that `columns` fills from one of these; empty: none.
std::string column_from(const Settings& settings, std::initializer_list<std::string_view> sources) {
  for (const auto& [column, source] : settings.columns)
    if (std::ranges::find(sources, source) != sources.end()) return column;
  return {};
}

const std::vector<std::string>* identity_of(const Settings& settings, const Table& table) {
  const std::string lsn = column_from(settings, {"@lsn"}), op = column_from(settings, {"@op", "@operation"});
  if (lsn.empty() || op.empty()) return nullptr;
  for (const auto& key : table.keys)
    if (std::ranges::find(key, lsn) != key.end() && std::ranges::find(key, op) != key.end() && key.size() > 2) return &key;
  return nullptr;
}

std::string list(const std::vector<std::string>& columns, const std::string& prefix = "", const std::string& suffix = "") {
  std::string all;
  for (const std::string& column : columns) all.append(all.empty() ? "" : ", ").append(prefix).append(quote_identifier(column)).append(suffix);
  return all;
}

}  // namespace

std::string copy_into(const std::string& table, std::string_view columns, CopyFormat format) {
  return "COPY " + table + " (" + std::string(columns) + ") FROM STDIN" + (format == CopyFormat::binary ? " (FORMAT binary)" : "");
}

void check_dedupe(const Settings& settings, const Table& table) {
  if (!settings.dedupe_source || identity_of(settings, table)) return;
  throw SettingNeeded("dedupe.source", "table " + table.shown + " cannot tell that it has a change already. dedupe.source needs \"columns\" with a column from @lsn, "
                                       "one from @op or @operation and those of the key, and a unique index on all of them");
}

std::string append_new(const std::string& stage, const Table& table, const HistoryRows::Copy& copy, const Settings& settings) {
  const std::vector<std::string>& identity = *identity_of(settings, table);
  const std::string lsn = column_from(settings, {"@lsn"}), op = column_from(settings, {"@op", "@operation"});
  const bool letters = column_from(settings, {"@op"}) == op;
  std::string same_key;
  for (const std::string& column : identity)
    if (column != lsn && column != op) same_key.append(same_key.empty() ? "" : " AND ").append("h." + quote_identifier(column) + " = s." + quote_identifier(column));
  std::vector<std::string> fields;
  for (const auto& [column, source] : settings.columns)
    if (!source.starts_with('@')) fields.push_back(column);
  const std::string of_op = quote_identifier(op);
  // Compared as text: json has no equality.
  const std::string known =
      "s." + of_op + " = " + quote_literal(letters ? "r" : settings.snapshot_name) + " AND EXISTS (SELECT FROM (SELECT * FROM " + table.quoted + " h WHERE " + same_key +
      " ORDER BY h." + quote_identifier(lsn) + " DESC LIMIT 1) last WHERE last." + of_op + " <> " + quote_literal(letters ? "d" : "DELETE") + " AND ROW(" +
      list(fields, "last.", "::text") + ") IS NOT DISTINCT FROM ROW(" + list(fields, "s.", "::text") + "))";
  return "INSERT INTO " + table.quoted + " (" + copy.columns + ") OVERRIDING SYSTEM VALUE SELECT " + copy.columns + " FROM " + stage + " s WHERE NOT (" + known +
         ") ORDER BY s.ctid ON CONFLICT (" + list(identity) + ") DO NOTHING";
}

}  // namespace sluice::debezium
