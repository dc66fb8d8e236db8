#include "debezium_postgres_sink/write/merge_sql.h"

#include <algorithm>

namespace sluice::debezium {
namespace {

// No column of anybody's table is likely to be called so.
constexpr const char* kGroup = "\"sluice.group\"";
constexpr const char* kFate = "\"sluice.fate\"";

std::string name_of(const TargetColumn* column) { return quote_identifier(column->name); }

template <class Text>
std::string joined(const std::vector<const TargetColumn*>& columns, const char* separator, Text&& text) {
  std::string list;
  for (const TargetColumn* column : columns) list.append(list.empty() ? "" : separator).append(text(column));
  return list;
}

std::string names(const std::vector<const TargetColumn*>& columns, const std::string& prefix = "") {
  return joined(columns, ", ", [&](const TargetColumn* c) { return prefix + name_of(c); });
}

std::string same_key(const Merge& merge, const std::string& target) {
  return joined(merge.key, " AND ", [&](const TargetColumn* c) { return target + "." + name_of(c) + " = s." + name_of(c); });
}

// The guard: nothing that is known to be newer is touched. A tombstone knows no LSN.
std::string not_newer(const Merge& merge, const std::string& change) {
  if (!merge.lsn) return "";
  const std::string column = name_of(merge.lsn), of_change = change + "." + column;
  return "(t." + column + " IS NULL OR " + of_change + " IS NULL OR t." + column + " <= " + of_change + ")";
}

std::string with_guard(const Merge& merge, const std::string& condition) {
  return merge.lsn ? condition + " AND " + not_newer(merge, "s") : condition;
}

// A change that does not know its LSN leaves the one that is there.
std::string set_list(const Merge& merge, const std::vector<const TargetColumn*>& columns, const std::string& from) {
  std::vector<const TargetColumn*> settable;
  std::ranges::copy_if(columns, std::back_inserter(settable), [](const TargetColumn* c) { return !c->identity_always; });
  return joined(settable, ", ", [&](const TargetColumn* c) {
    const std::string name = name_of(c), value = from + "." + name;
    return name + " = " + (c == merge.lsn ? "COALESCE(" + value + ", t." + name + ")" : value);
  });
}

// Can a row be made of these columns alone? An INSERT .. ON CONFLICT is refused for a NOT NULL column that it lacks, even where
// the row is there and would only be updated.
bool makes_rows(const Table& table, const std::vector<const TargetColumn*>& columns) {
  return std::ranges::all_of(table.columns, [&](const TargetColumn& c) {
    return !c.not_null || c.has_default || c.generated || std::ranges::find(columns, &c) != columns.end();
  });
}

std::string upsert(const std::string& stage, const Table& table, const Merge& merge, const std::vector<const TargetColumn*>& present,
                   const std::vector<const TargetColumn*>& as_null, const std::string& rows) {
  std::vector<const TargetColumn*> inserted = merge.key;
  inserted.insert(inserted.end(), present.begin(), present.end());
  inserted.insert(inserted.end(), as_null.begin(), as_null.end());
  const bool overriding = std::ranges::any_of(inserted, &TargetColumn::identity_always);
  const std::string set = set_list(merge, present, "EXCLUDED");
  return "INSERT INTO " + table.quoted + " AS t (" + names(inserted) + ")" + (overriding ? " OVERRIDING SYSTEM VALUE" : "") +
         " SELECT " + names(inserted, "s.") + " FROM " + stage + " s WHERE " + rows + " ORDER BY " + names(merge.key, "s.") +
         " ON CONFLICT (" + names(merge.key) + ") DO " +
         (set.empty() ? "NOTHING" : "UPDATE SET " + set + (merge.lsn ? " WHERE " + not_newer(merge, "EXCLUDED") : ""));
}

void add_group(std::vector<MergeStatement>& statements, const std::string& stage, const Table& table, const Merge& merge, size_t index) {
  const auto& has = merge.groups[index].has;
  std::vector<const TargetColumn*> present, unchanged;
  for (size_t i = 0; i < has.size(); ++i) {
    if (has[i] == Cell::Has::yes) present.push_back(merge.columns[i]);
    if (has[i] == Cell::Has::unchanged) unchanged.push_back(merge.columns[i]);
  }
  const std::string rows = std::string("s.") + kGroup + " = " + std::to_string(index) + " AND s." + kFate + " IN ('u', 'x')";
  std::vector<const TargetColumn*> filled = merge.key;
  filled.insert(filled.end(), present.begin(), present.end());
  if (unchanged.empty() && makes_rows(table, filled)) {
    statements.push_back({upsert(stage, table, merge, present, {}, rows)});
    return;
  }
  // The row is nearly always there: updated first, and made only where it is not.
  if (const std::string set = set_list(merge, present, "s"); !set.empty())
    statements.push_back({"UPDATE " + table.quoted + " t SET " + set + " FROM " + stage + " s WHERE " + rows + " AND " + with_guard(merge, same_key(merge, "t"))});
  const std::string missing = rows + " AND NOT EXISTS (SELECT FROM " + table.quoted + " e WHERE " + same_key(merge, "e") + ")";
  const std::string made = upsert(stage, table, merge, present, unchanged, missing);
  if (unchanged.empty()) statements.push_back({made});
  else statements.push_back({"WITH made AS (" + made + " RETURNING 1) SELECT count(*) FROM made", true});
}

}  // namespace

std::string create_stage(const std::string& name, const Table& table) {
  std::string columns;
  for (const TargetColumn& c : table.columns)
    if (!c.generated) columns.append(", ").append(quote_identifier(c.name));
  // AS keeps the types and nothing else: no constraint, no default, no identity.
  return "CREATE TEMPORARY TABLE " + name + " ON COMMIT DELETE ROWS AS SELECT 0 AS " + kGroup + ", ''::text AS " + kFate + columns + " FROM " + table.quoted +
         " WITH NO DATA";
}

std::string copy_into_stage(const std::string& name, const Merge& merge) {
  std::vector<const TargetColumn*> columns = merge.key;
  columns.insert(columns.end(), merge.columns.begin(), merge.columns.end());
  return "COPY " + name + " (" + kGroup + ", " + kFate + ", " + names(columns) + ") FROM STDIN";
}

std::vector<MergeStatement> merge_statements(const std::string& stage, const Table& table, const Merge& merge) {
  std::vector<MergeStatement> statements;
  if (merge.removes)
    statements.push_back({"DELETE FROM " + table.quoted + " t USING " + stage + " s WHERE s." + kFate + " IN ('d', 'x') AND " +
                          with_guard(merge, same_key(merge, "t"))});
  if (merge.marks) {
    std::vector<const TargetColumn*> set{merge.deleted};
    if (merge.lsn) set.push_back(merge.lsn);
    statements.push_back({"UPDATE " + table.quoted + " t SET " + set_list(merge, set, "s") + " FROM " + stage + " s WHERE s." + kFate + " = 's' AND " +
                          with_guard(merge, same_key(merge, "t"))});
  }
  for (size_t i = 0; i < merge.groups.size(); ++i) add_group(statements, stage, table, merge, i);
  return statements;
}

}  // namespace sluice::debezium
