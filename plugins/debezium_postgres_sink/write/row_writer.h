// What a batch has in its targets -> COPYs and merges, to be carried out within one transaction. Task thread only.
#pragma once
#include <set>
#include <string>

#include "debezium_postgres_sink/write/database.h"
#include "debezium_postgres_sink/write/stages.h"
#include "debezium_postgres_sink/write/targets.h"

namespace sluice::debezium {

class RowWriter {
 public:
  RowWriter(const Settings& settings, Database& database, Targets& targets, Metric made_without_values)
      : settings_(settings), targets_(targets), stages_(database), made_without_values_(made_without_values) {}

  void connected() { stages_.connected(); }  // the connection is new
  void prepare();                            // outside of a transaction. Throws SqlFault.
  void begin();                              // a transaction
  void write(Script& script);                // within it, what the targets have; they have to keep it until the script was carried out

 private:
  const std::string& emptied_stage(Script& script, const Table& table);
  void append(Script& script, const Table& table, const HistoryRows::Copy& copy);
  void merge(Script& script, const Table& table, const Merge& merge);

  const Settings& settings_;
  Targets& targets_;
  Stages stages_;
  std::set<const Table*> checked_;  // in this transaction
  const Metric made_without_values_;  // counts rows
};

}  // namespace sluice::debezium
