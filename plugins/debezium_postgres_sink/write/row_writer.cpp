#include "debezium_postgres_sink/write/row_writer.h"

#include "debezium_postgres_sink/decode/digits.h"
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

void RowWriter::write(Script& script) {
  for (Target* target : targets_.in_use()) {
    if (target->history())
      for (const HistoryRows::Copy& copy : target->history()->copies()) append(script, *target->history_table(), copy);
    if (target->current())
      for (const Merge& m : target->current()->merges()) merge(script, *target->current_table(), m);
  }
}

void RowWriter::begin() {
  stages_.begin();
  checked_.clear();
}

// A stage has the types that the target had when it was looked up. If the target was altered since, values would be rounded or
// refused by types that are no more; the lock keeps it as it is until the end of the transaction.
const std::string& RowWriter::emptied_stage(Script& script, const Table& table) {
  if (checked_.insert(&table).second) {
    script.add("LOCK TABLE " + table.quoted + " IN ROW EXCLUSIVE MODE");
    check_shape(script, table);
  }
  return stages_.emptied(script, table);
}

void RowWriter::append(Script& script, const Table& table, const HistoryRows::Copy& copy) {
  if (!settings_.dedupe_source) return script.copy(copy_into(table.quoted, copy.columns), copy.text);
  const std::string& stage = emptied_stage(script, table);
  script.copy(copy_into(stage, copy.columns), copy.text);
  script.add(append_new(stage, table, copy, settings_));
}

void RowWriter::merge(Script& script, const Table& table, const Merge& merge) {
  if (merge.truncate) script.add("TRUNCATE TABLE " + table.quoted);
  if (merge.rows == 0) return;
  const std::string& stage = emptied_stage(script, table);
  script.copy(copy_into_stage(stage, merge), merge.text);
  for (MergeStatement& statement : merge_statements(stage, table, merge)) {
    if (!statement.counts_inserted) {
      script.add(std::move(statement.sql));
      continue;
    }
    script.observe(std::move(statement.sql), [this](const SqlAnswer& count) {
      if (const auto rows = whole_number(count.text); rows && *rows > 0) made_without_values_.add(static_cast<double>(*rows));
    });
  }
}

}  // namespace sluice::debezium
