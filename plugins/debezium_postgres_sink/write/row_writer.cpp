#include "debezium_postgres_sink/write/row_writer.h"

#include "debezium_postgres_sink/write/append_sql.h"
#include "debezium_postgres_sink/write/catalogue.h"
#include "debezium_postgres_sink/write/merge_sql.h"

namespace sluice::debezium {

void RowWriter::prepare() {
  for (Target* target : targets_.in_use()) {
    if (target->current()) stages_.prepare(*target->current_table());
    if (target->history() && settings_.dedupe_source) stages_.prepare(*target->history_table());
  }
}

void RowWriter::write() {
  for (Target* target : targets_.in_use()) {
    if (target->history())
      for (const HistoryRows::Copy& copy : target->history()->copies()) append(*target->history_table(), copy);
    if (target->current())
      for (const Merge& m : target->current()->merges()) merge(*target->current_table(), m);
  }
}

void RowWriter::begin() {
  stages_.begin();
  checked_.clear();
}

// A stage has the types that the target had when it was looked up. If the target was altered since, values would be rounded or
// refused by types that are no more; the lock keeps it as it is until the end of the transaction.
const std::string& RowWriter::emptied_stage(const Table& table) {
  if (checked_.insert(&table).second) hold_shape(database_, table);
  return stages_.emptied(table);
}

void RowWriter::append(const Table& table, const HistoryRows::Copy& copy) {
  if (!settings_.dedupe_source) return database_.copy(copy_into(table.quoted, copy.columns), copy.text);
  const std::string& stage = emptied_stage(table);
  database_.copy(copy_into(stage, copy.columns), copy.text);
  database_.run(append_new(stage, table, copy, settings_));
}

void RowWriter::merge(const Table& table, const Merge& merge) {
  if (merge.truncate) database_.run("TRUNCATE TABLE " + table.quoted);
  if (merge.rows == 0) return;
  const std::string& stage = emptied_stage(table);
  database_.copy(copy_into_stage(stage, merge), merge.text);
  for (const MergeStatement& statement : merge_statements(stage, table, merge)) {
    const int64_t count = database_.run(statement.sql);
    if (statement.counts_inserted && count > 0) made_without_values_.add(static_cast<double>(count));
  }
}

}  // namespace sluice::debezium
