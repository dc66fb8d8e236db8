// The target tables that records go to, looked up in the catalogue when they are first needed, created and altered where the
// settings say so. Task thread only.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "debezium_postgres_sink/map/table_name.h"
#include "debezium_postgres_sink/map/target.h"
#include "debezium_postgres_sink/write/database.h"

namespace sluice::debezium {

class Targets {
 public:
  // `ddl`: whether tables may be made and columns added, where the settings say so, or only told.
  enum class Ddl { run, tell };
  Targets(const Settings& settings, Database& database, Context context, Ddl ddl = Ddl::run);

  // Looks up what does not depend on records, so that a missing table is told at start. Throws SqlFault, SettingNeeded.
  void check();
  // A new batch, or the same one once more. With an outlet the histories are poured, and a target that is not known yet throws
  // CannotPour: the connection is busy.
  void begin(int64_t now_us, RowOutlet* outlet = nullptr);
  // What the last batch wanted of large values that updates did not touch.
  void forget_unchanged();
  // Where a change goes; `topic` as RegexRouter has it. Throws SqlFault, SettingNeeded.
  Target& of(std::string_view topic, const Change& change);
  void finish();
  // Adds the columns that the batch wants. True if any: the batch has to be read again.
  bool add_wanted_columns();
  // The batch wants large values that updates did not touch.
  bool want_values();
  // Those, or columns.
  bool want_more();
  std::vector<std::string> wanted_columns_sql() const;
  std::vector<Target*> all();

  // Those with changes of the batch, always in the same order, so that two tasks take their locks in the same order.
  std::vector<Target*> in_use();
  // A TRUNCATE of one source table empties the current table, which is the same for all of the connector's topics.
  bool empties_the_only_table();
  // All are looked up again.
  void forget();
  // None was looked up before the last begin_call().
  bool are_fresh() const { return are_fresh_; }
  bool any_known() const { return !by_name_.empty(); }
  void begin_call() {
    are_fresh_ = by_name_.empty();
    outlet_ = nullptr;  // of a batch before this one
  }
  // Fields were left out, and a column for them may have come meanwhile.
  bool are_stale() const;
  std::vector<std::string> take_notes();

 private:
  Target& load(const TableName& history, const TableName& current, const Change* change);
  Table find_or_create(const TableName& name, bool is_current, const Change* change);

  const Settings& settings_;
  Database& database_;
  const Context context_;
  const Ddl ddl_;
  const TableNameTemplate history_, current_;
  const bool by_source_;  // the source table decides, not the topic alone
  struct Loaded {
    std::unique_ptr<Target> target;
    int64_t at_ns = 0;
  };
  std::map<std::pair<std::string, std::string>, Loaded> by_name_;  // quoted names of history and current table
  struct Route {
    std::string topic, schema, table;
    auto operator<=>(const Route&) const = default;
  };
  std::map<Route, Target*> by_route_;
  std::map<std::string, Target*, std::less<>> last_of_topic_;  // a tombstone does not say its table
  Route last_route_;
  Target* last_ = nullptr;
  int64_t now_us_ = 0;
  RowOutlet* outlet_ = nullptr;
  bool are_fresh_ = false;
};

}  // namespace sluice::debezium
