#include "debezium_postgres_sink/write/plan.h"

#include <algorithm>

#include "debezium_postgres_sink/record_error.h"
#include "debezium_postgres_sink/write/sql_fault.h"

namespace sluice::debezium {
namespace {

// One row of COPY's text as `column=value, ...`. Long values are cut: a plan is for reading.
std::string as_pairs(const std::vector<std::string>& columns, std::string_view row) {
  constexpr size_t kShown = 60;
  std::string pairs;
  for (const std::string& column : columns) {
    std::string_view cell = row.substr(0, row.find('\t'));
    row.remove_prefix(std::min(row.size(), cell.size() + 1));
    pairs.append(pairs.empty() ? "" : ", ").append(column).append("=");
    if (cell == kNullCell) pairs.append("NULL");
    else if (cell.size() <= kShown) pairs.append(cell);
    else pairs.append(cell.substr(0, kShown)).append("… (" + std::to_string(cell.size()) + " bytes)");
  }
  return pairs;
}

std::vector<std::string> names_of(const std::vector<const TargetColumn*>& columns) {
  std::vector<std::string> names;
  for (const TargetColumn* c : columns) names.push_back(c->name);
  return names;
}

const char* word_for(char fate) {
  switch (fate) {
    case Merge::upsert: return "upsert";
    case Merge::replace: return "remove, then insert";
    case Merge::remove: return "remove";
    case Merge::mark: return "mark as deleted";
    default: return "?";
  }
}

}  // namespace

Plan::Plan(const Config& config, Line line)
    : settings_(read_settings(config)),
      line_(std::move(line)),
      database_(settings_, std::string(config.connector()) + "-plan", context_),
      targets_(settings_, database_, context_, Targets::Ddl::tell),
      decoder_(settings_.keeps_current()),
      rows_(settings_, database_, targets_, Metric()) {}

void Plan::tell(const sluice_batch* sample) {
  try {
    database_.begin_call();
    tell_database();
    targets_.begin(context_.now_ns() / 1000);
    try {
      targets_.check();
    } catch (const SettingNeeded& e) {
      problem(about_column(e.column, e.what()));
    } catch (const SqlFault& fault) {
      if (class_of(fault.sqlstate) != FaultClass::schema) throw;
      problem(fault.message);
    }
    if (sample) {
      const Batch batch(*sample);
      for (uint32_t i = 0; i < batch.size(); ++i) read(batch, i);
    }
    tell_tables();
    for (const std::string& note : targets_.take_notes()) line_("note: " + note);
    line_(problems_ == 0 ? "no problem found" : std::to_string(problems_) + " problem(s) found");
  } catch (const SqlFault& fault) {
    answer(fault);
  }
}

void Plan::tell_database() {
  database_.transact([&](pqxx::work& t) {
    line_("database: " + t.query_value<std::string>("SELECT current_database() || ' as ' || current_user || ', PostgreSQL ' || current_setting('server_version')"));
  });
}

// Each record alone, so that each row and each problem is that record's.
void Plan::read(const Batch& batch, uint32_t index) {
  const Record record = batch[index];
  const sluice_span& span = batch.spans()[record.raw().span];
  const std::string place = debezium::name_of(span, record);
  targets_.begin(context_.now_ns() / 1000);
  try {
    const Event event = decoder_.decode(record.key(), record.value());
    if (event.skip) return line_(place + " " + debezium::name_of(*event.skip) + ": no row");
    if (event.change.operation == Operation::truncate && settings_.truncates != Truncates::apply)
      return line_(place + " TRUNCATE: " + (settings_.truncates == Truncates::fail ? "the task would stop here (truncate.mode: fail)" : "no row (truncate.mode: ignore)"));
    if (settings_.leaves_out(event.change.operation == Operation::remove)) return line_(place + " DELETE: no row (delete.mode: ignore)");
    add_to_target(targets_, event.change, span, record);
    targets_.finish();
    for (const std::string& sql : targets_.wanted_columns_sql()) line_(place + " would add a column first: " + sql);
    tell_rows(place, event.change);
    try_writing();
  } catch (const RecordError& e) {
    problem(place + ": bad record: " + about_column(e.column, e.what()));
  } catch (const SettingNeeded& e) {
    problem(place + ": the task would be blocked: " + about_column(e.column, e.what()));
  } catch (const SqlFault& fault) {
    switch (class_of(fault.sqlstate)) {
      case FaultClass::data: problem(place + ": bad record: " + fault.message + " (SQLSTATE " + fault.sqlstate + ")"); break;
      case FaultClass::schema: problem(place + ": the task would be blocked: " + fault.message + " (SQLSTATE " + fault.sqlstate + ")"); break;
      default: throw;
    }
  }
}

void Plan::try_writing() {
  rows_.prepare();
  database_.attempt([&](pqxx::work&) {
    Script script;
    rows_.begin();
    rows_.write(script);
    script.add("SET CONSTRAINTS ALL IMMEDIATE");
    database_.run(script);
  });
}

void Plan::tell_rows(const std::string& place, const Change& change) {
  const std::string what = place + " " + (change.tombstone ? "tombstone" : debezium::name_of(change.operation));
  for (Target* target : targets_.in_use()) {
    if (HistoryRows* history = target->history())
      for (const HistoryRows::Copy& copy : history->copies()) {
        std::vector<std::string> columns;
        for (size_t from = 0; from < copy.columns.size();) {
          const size_t end = std::min(copy.columns.find("\", \"", from), copy.columns.size() - 1);
          columns.push_back(copy.columns.substr(from + 1, end - from - 1));
          from = end + 3;
        }
        for (const std::string& column : columns) found_[target->history_table()->quoted].insert(column);
        line_(what + " -> " + target->history_table()->shown + ": append " + as_pairs(columns, std::string_view(copy.text).substr(0, copy.text.find('\n'))));
      }
    if (CurrentRows* current = target->current())
      for (const Merge& merge : current->merges()) {
        if (merge.truncate) line_(what + " -> " + target->current_table()->shown + ": truncate");
        std::vector<std::string> columns = names_of(merge.key);
        for (const std::string& name : names_of(merge.columns)) columns.push_back(name);
        found_[target->current_table()->quoted].insert(columns.begin(), columns.end());
        for (std::string_view text = merge.text; !text.empty();) {
          const std::string_view row = text.substr(0, text.find('\n'));
          text.remove_prefix(row.size() + 1);
          const size_t fate = row.find('\t') + 1;
          const bool only_key = row[fate] == Merge::remove;
          line_(what + " -> " + target->current_table()->shown + ": " + word_for(row[fate]) + " " +
                as_pairs(only_key ? names_of(merge.key) : columns, row.substr(fate + 2)));
        }
      }
  }
}

void Plan::tell_tables() {
  for (Target* target : targets_.all()) {
    if (target->history()) tell_table(*target->history_table(), target->history()->mapping(), "history");
    if (target->current()) tell_table(*target->current_table(), target->current()->mapping(), "current rows");
  }
}

void Plan::tell_table(const Table& table, Mapping& mapping, const char* role) {
  line_("table " + table.quoted + " (" + role + "):");
  for (const TargetColumn& column : table.columns) line_("  " + column.name + " " + column.type.name + " <- " + source_of(column, mapping));
}

std::string Plan::source_of(const TargetColumn& column, Mapping& mapping) const {
  if (column.generated) return "generated by the database";
  if (column.name == settings_.lsn_column) return "@lsn (lsn.column)";
  if (column.name == settings_.soft_delete_column) return "the mark of deleted rows (soft.delete.column)";
  for (const Slot& slot : mapping.slots())
    if (slot.column == &column) return slot.field.empty() ? name_of(slot.meta) : "field " + slot.field;
  // Fields that were found come and go with the records that have them.
  if (const auto table = found_.find(mapping.table().quoted); table != found_.end() && table->second.contains(column.name)) return "field " + column.name;
  return column.has_default ? "its default" : "nothing: NULL";
}

void Plan::problem(const std::string& text) {
  ++problems_;
  line_("problem: " + text);
}

}  // namespace sluice::debezium
