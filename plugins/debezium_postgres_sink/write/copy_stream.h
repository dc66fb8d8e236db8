// A history's rows into the COPY of its table while the batch is still being read: Postgres writes the first rows while the last
// are decoded. Within one transaction, and nothing else may be asked of the connection before end(). Task thread only.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "debezium_postgres_sink/decode/binary.h"
#include "debezium_postgres_sink/map/history_rows.h"
#include "debezium_postgres_sink/write/append_sql.h"
#include "debezium_postgres_sink/write/catalogue.h"
#include "debezium_postgres_sink/write/database.h"

namespace sluice::debezium {

class CopyStream : public RowOutlet {
 public:
  CopyStream(Database& database, bool takes_binary) : database_(database), takes_binary_(takes_binary) {}
  CopyStream(const CopyStream&) = delete;
  CopyStream& operator=(const CopyStream&) = delete;
  ~CopyStream() override {
    if (!command_.empty()) database_.abandon_copy();
  }

  bool takes_binary() const override { return takes_binary_; }
  // Another table, other columns or another format end the COPY that is open. Throws SqlFault.
  void pour(const Table& table, const std::string& columns, CopyFormat format, std::string_view rows) override {
    if (std::string command = copy_into(table.quoted, columns, format); command != command_) {
      end();
      database_.begin_copy(command);
      command_ = std::move(command);
      format_ = format;
      table_ = &table;
      if (format == CopyFormat::binary) database_.put_copy(kBinaryHeader);
    }
    database_.put_copy(rows);
  }
  // Throws SqlFault where Postgres refuses a row.
  void end() {
    if (command_.empty()) return;
    if (format_ == CopyFormat::binary) database_.put_copy(kBinaryTrailer);
    command_.clear();
    database_.end_copy();
    if (format_ == CopyFormat::binary && checked_.insert(table_).second) check();
  }

 private:
  // Eight bytes of one type could have been read as another type's. After the COPY, whose lock keeps the table as it is: a lock of our own
  // would ask for rights and partitions that COPY does not need.
  void check() {
    Script script;
    check_shape(script, *table_);
    database_.run(script);
  }

  Database& database_;
  const bool takes_binary_;
  std::string command_;  // of the COPY that is open; empty: none is
  CopyFormat format_ = CopyFormat::text;
  const Table* table_ = nullptr;
  std::set<const Table*> checked_;
};

}  // namespace sluice::debezium
