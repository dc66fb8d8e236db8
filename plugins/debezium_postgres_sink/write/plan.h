// What would be written, told line by line: the extension sluice.plan/1. Reads the catalogue, tries the rows in a transaction that
// is rolled back, and changes nothing. Any thread; each plan has a connection of its own.
#pragma once
#include <functional>
#include <string>

#include "debezium_postgres_sink/write/batch_reader.h"
#include "debezium_postgres_sink/write/database.h"
#include "debezium_postgres_sink/write/row_writer.h"

namespace sluice::debezium {

class Plan {
 public:
  using Line = std::function<void(const std::string&)>;
  Plan(const Config& config, Line line);
  // `sample`: records whose rows are told, or nullptr. Throws the SDK's errors where the database cannot be asked.
  void tell(const sluice_batch* sample);

 private:
  void tell_database();
  void read(const Batch& batch, uint32_t index);
  void try_writing();
  void tell_rows(const std::string& place, const Change& change);
  void tell_tables();
  void tell_table(const Table& table, Mapping& mapping, const char* role);
  std::string source_of(const TargetColumn& column, Mapping& mapping) const;
  void problem(const std::string& text);

  const Settings settings_;
  const Line line_;
  const Context context_{nullptr};
  Database database_;
  Targets targets_;
  EnvelopeDecoder decoder_;
  RowWriter rows_;
  std::map<std::string, std::set<std::string>> found_;  // by table: columns that some record filled
  size_t problems_ = 0;
};

}  // namespace sluice::debezium
