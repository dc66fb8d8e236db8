// Records that can never be written, given up on: told to the host, which has the dead-letter topic, and kept in the
// dead-letter table, where there is one, within the batch's transaction. Task thread only.
#pragma once
#include <string>
#include <vector>

#include "debezium_postgres_sink/map/table_name.h"
#include "debezium_postgres_sink/record_error.h"
#include "debezium_postgres_sink/write/database.h"

namespace sluice::debezium {

struct Reject {
  uint32_t index;  // of the batch's record
  sluice_error why;
};
Reject reject(uint32_t index, const RecordError& error);
Reject reject(uint32_t index, std::string_view code, std::string_view column, std::string_view message);

class DeadLetterTable {
 public:
  // `name` as the user wrote it; empty: there is none, and nothing is done.
  DeadLetterTable(Database& database, const std::string& name, std::string connector);

  void connected() { exists_ = false; }
  void prepare();  // creates it where it is missing; outside of a transaction. Throws SqlFault.
  // Within the transaction of the batch: its own rejects and the host's. Throws SqlFault.
  void write(pqxx::work& transaction, const Batch& batch, const std::vector<Reject>& rejects);

 private:
  Database& database_;
  const std::string table_, connector_;
  bool exists_ = false;
};

}  // namespace sluice::debezium
