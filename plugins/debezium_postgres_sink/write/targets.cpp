#include "debezium_postgres_sink/write/targets.h"

#include <algorithm>

#include "debezium_postgres_sink/decode/cell.h"
#include "debezium_postgres_sink/decode/sql_type.h"
#include "debezium_postgres_sink/record_error.h"
#include "debezium_postgres_sink/write/append_sql.h"
#include "debezium_postgres_sink/write/catalogue.h"
#include "debezium_postgres_sink/write/table_sql.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kTableAgeNs = 30'000'000'000;  // a table whose lack of columns costs values is looked at again after this
// Two tasks that alter one table at a time would each lose a catalogue row to the other.
constexpr const char* kOneAtATime = "SELECT pg_advisory_xact_lock(hashtext('sluice.ddl'))";

// The part of a topic's name that Debezium makes of the table's: good enough to find a table by, where nothing else is known.
std::string_view last_part(std::string_view topic) { return topic.substr(topic.rfind('.') + 1); }
std::string_view part_before(std::string_view topic) {
  const size_t end = topic.rfind('.');
  if (end == topic.npos) return {};
  return last_part(topic.substr(0, end));
}

}  // namespace

Targets::Targets(const Settings& settings, Database& database, Context context, Ddl ddl)
    : settings_(settings), database_(database), context_(context), ddl_(ddl), history_(settings.history_table(), settings.folds_names),
      current_(settings.table_of_current(), settings.folds_names),
      by_source_(history_.needs_source() || current_.needs_source()) {}

void Targets::check() {
  const bool fixed = (!settings_.keeps_history() || history_.is_fixed()) && (!settings_.keeps_current() || current_.is_fixed());
  // A table that is to be created needs an event that says how.
  if (fixed && !settings_.auto_create && by_name_.empty()) load(history_.fill("", "", ""), current_.fill("", "", ""), nullptr);
}

void Targets::begin(int64_t now_us, RowOutlet* outlet) {
  now_us_ = now_us;
  outlet_ = outlet;
  for (auto& [name, loaded] : by_name_) loaded.target->begin(now_us, outlet);
}

void Targets::forget_unchanged() {
  for (auto& [name, loaded] : by_name_)
    if (HistoryRows* history = loaded.target->history()) history->unchanged().clear();
}

void Targets::finish() {
  for (auto& [name, loaded] : by_name_) loaded.target->finish();
}

Target& Targets::of(std::string_view topic, const Change& change) {
  // Nearly always all records of a task go one way: nothing is looked for that does not decide it.
  std::string_view schema, table;
  if (by_source_) {
    schema = change.source_schema();
    table = change.source_table();
  }
  if (last_ && last_route_.topic == topic && last_route_.table == table && last_route_.schema == schema) return *last_;
  if (by_source_ && table.empty()) {
    if (const auto known = last_of_topic_.find(topic); known != last_of_topic_.end()) return *known->second;
    schema = part_before(topic);
    table = last_part(topic);
  }
  Route route{std::string(topic), std::string(schema), std::string(table)};
  Target*& target = by_route_[route];
  if (!target) {
    try {
      target = &load(settings_.keeps_history() ? history_.fill(topic, schema, table) : TableName{},
                     settings_.keeps_current() ? current_.fill(topic, schema, table) : TableName{}, &change);
    } catch (...) {
      by_route_.erase(route);
      throw;
    }
  }
  last_ = target;
  last_of_topic_.insert_or_assign(route.topic, target);
  last_route_ = std::move(route);
  return *last_;
}

Target& Targets::load(const TableName& history, const TableName& current, const Change* change) {
  const std::pair key(settings_.keeps_history() ? quoted(history) : "", settings_.keeps_current() ? quoted(current) : "");
  if (const auto known = by_name_.find(key); known != by_name_.end()) return *known->second.target;
  if (outlet_) throw CannotPour();
  std::optional<Table> of_history, of_current;
  if (settings_.keeps_history()) of_history = find_or_create(history, false, change);
  if (settings_.keeps_current()) of_current = find_or_create(current, true, change);
  if (of_history) check_dedupe(settings_, *of_history);
  if (settings_.schemas_disabled)
    for (const auto* table : {&of_history, &of_current})
      if (*table)
        for (const TargetColumn& column : (*table)->columns) check_decidable(column.type, column.name, settings_.values);
  Loaded& loaded = by_name_[key];
  loaded.target = std::make_unique<Target>(settings_, std::move(of_history), std::move(of_current));
  loaded.at_ns = context_.monotonic_ns();
  loaded.target->begin(now_us_);
  return *loaded.target;
}

Table Targets::find_or_create(const TableName& name, bool is_current, const Change* change) {
  if (settings_.auto_create && change && !find_table(database_, name)) {
    const std::string sql = is_current ? create_current_table(settings_, name, *change) : create_history_table(settings_, name, *change);
    if (ddl_ == Ddl::tell) throw SettingNeeded("auto.create", "table " + shown(name) + " is missing, and would be made: " + sql);
    database_.transact([&](pqxx::work& t) {
      t.exec(kOneAtATime);
      t.exec(sql);
      SLUICE_FAILPOINT_OR("create.before_commit", database_.interrupt());
    });
    SLUICE_FAILPOINT("create.committed");
    context_.info("created table " + shown(name));
  }
  return load_table(database_, name);
}

namespace {

std::vector<std::string> columns_sql(Target& target) {
  std::vector<std::string> statements;
  if (target.history() && !target.history()->mapping().wanted().empty())
    statements.push_back(add_columns(*target.history_table(), target.history()->mapping().wanted()));
  if (target.current() && !target.current()->mapping().wanted().empty())
    statements.push_back(add_columns(*target.current_table(), target.current()->mapping().wanted()));
  return statements;
}

}  // namespace

std::vector<std::string> Targets::wanted_columns_sql() const {
  std::vector<std::string> all;
  for (const auto& [name, loaded] : by_name_)
    for (std::string& sql : columns_sql(*loaded.target)) all.push_back(std::move(sql));
  return all;
}

bool Targets::want_more() {
  return !wanted_columns_sql().empty() || want_values();
}

bool Targets::want_values() { return std::ranges::any_of(in_use(), &Target::wants_values); }

bool Targets::add_wanted_columns() {
  const std::vector<std::string> statements = wanted_columns_sql();
  if (statements.empty()) return false;
  database_.transact([&](pqxx::work& t) {
    t.exec(kOneAtATime);
    for (const std::string& sql : statements) t.exec(sql);
    SLUICE_FAILPOINT_OR("add.before_commit", database_.interrupt());
  });
  SLUICE_FAILPOINT("add.committed");
  for (const std::string& sql : statements) context_.info("unknown.columns is add: " + sql);
  forget();
  return true;
}

std::vector<Target*> Targets::all() {
  std::vector<Target*> targets;
  for (auto& [name, loaded] : by_name_) targets.push_back(loaded.target.get());
  return targets;
}

std::vector<Target*> Targets::in_use() {
  std::vector<Target*> used;
  for (auto& [name, loaded] : by_name_)
    if (!loaded.target->is_empty()) used.push_back(loaded.target.get());
  return used;
}

bool Targets::empties_the_only_table() {
  if (!settings_.keeps_current() || !current_.is_fixed()) return false;
  return std::ranges::any_of(in_use(), [](Target* target) { return std::ranges::any_of(target->current()->merges(), &Merge::truncate); });
}

void Targets::forget() {
  by_name_.clear();
  by_route_.clear();
  last_of_topic_.clear();
  last_ = nullptr;
  are_fresh_ = true;
}

bool Targets::are_stale() const {
  for (const auto& [name, loaded] : by_name_)
    if (loaded.target->left_out_fields() && context_.monotonic_ns() - loaded.at_ns > kTableAgeNs) return true;
  return false;
}

std::vector<std::string> Targets::take_notes() {
  std::vector<std::string> notes;
  for (auto& [name, loaded] : by_name_)
    for (std::string& note : loaded.target->take_notes()) notes.push_back(std::move(note));
  return notes;
}

}  // namespace sluice::debezium
