// A history's rows into the COPY of its table while the batch is still being read: Postgres writes the first rows while the last
// are decoded. Within one transaction, and nothing else may be asked of the connection before end(). Task thread only.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "debezium_postgres_sink/map/history_rows.h"
#include "debezium_postgres_sink/write/append_sql.h"
#include "debezium_postgres_sink/write/database.h"

namespace sluice::debezium {

class CopyStream : public RowOutlet {
 public:
  explicit CopyStream(Database& database) : database_(database) {}
  CopyStream(const CopyStream&) = delete;
  CopyStream& operator=(const CopyStream&) = delete;
  ~CopyStream() override {
    if (!command_.empty()) database_.abandon_copy();
  }

  // Another table or other columns end the COPY that is open. Throws SqlFault.
  void pour(const Table& table, const std::string& columns, std::string_view text) override {
    if (std::string command = copy_into(table.quoted, columns); command != command_) {
      end();
      database_.begin_copy(command);
      command_ = std::move(command);
    }
    database_.put_copy(text);
  }
  // Throws SqlFault where Postgres refuses a row.
  void end() {
    if (!std::exchange(command_, {}).empty()) database_.end_copy();
  }

 private:
  Database& database_;
  std::string command_;  // of the COPY that is open; empty: none is
};

}  // namespace sluice::debezium
