// Brings staged rows into their current tables, within the transaction that moves the positions. Keeps one temporary table for
// each target on the connection. Task thread only.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "debezium_postgres_sink/map/current_rows.h"
#include "debezium_postgres_sink/write/database.h"

namespace sluice::debezium {

class Merger {
 public:
  Merger(Database& database, Metric made_without_values) : database_(database), made_without_values_(made_without_values) {}

  void connected() { stages_.clear(); }  // the connection is new: its temporary tables are not there
  // Outside of a transaction: one that is rolled back would take the temporary table with it. Throws SqlFault.
  void prepare(const Table& table);
  void begin() { filled_.clear(); }  // a transaction
  // Within it. Throws SqlFault.
  void write(const Table& table, const std::vector<Merge>& merges);

 private:
  struct Stage {
    std::string name;
    std::string made_for;  // the columns and types that it was made for
  };
  Database& database_;
  const Metric made_without_values_;
  std::map<std::string, Stage> stages_;  // by the target's quoted name
  std::set<std::string> filled_;         // in this transaction
};

}  // namespace sluice::debezium
