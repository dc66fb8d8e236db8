// A temporary table for each target, kept on the connection: what is copied into it has the target's types, and none of its
// constraints. Task thread only.
#pragma once
#include <map>
#include <set>
#include <string>

#include "debezium_postgres_sink/map/columns.h"
#include "debezium_postgres_sink/write/database.h"

namespace sluice::debezium {

class Stages {
 public:
  explicit Stages(Database& database) : database_(database) {}

  void connected() { stages_.clear(); }  // the connection is new: its temporary tables are not there
  // Outside of a transaction: one that is rolled back would take the temporary table with it. Throws SqlFault.
  void prepare(const Table& table);
  void begin() { filled_.clear(); }  // a transaction
  // Within it: the name of the target's stage, which the script has empty from here on.
  const std::string& emptied(Script& script, const Table& table);

 private:
  struct Stage {
    std::string name;
    std::string made_for;  // the columns and types that it was made for
  };
  Database& database_;
  std::map<std::string, Stage> stages_;  // by the target's quoted name
  std::set<std::string> filled_;         // in this transaction
};

}  // namespace sluice::debezium
