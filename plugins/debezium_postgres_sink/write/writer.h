// A batch -> one transaction: the positions move and the rows are appended together, or not at all. This is where everything
// in this folder meets; read it first. Task thread only, but for interrupt().
//
//   decode each record -> a row of text -> BEGIN; compare-and-swap the positions; COPY; COMMIT
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "debezium_postgres_sink/write/database.h"
#include "debezium_postgres_sink/decode/envelope.h"
#include "debezium_postgres_sink/write/positions.h"
#include "debezium_postgres_sink/map/rows.h"

namespace sluice::debezium {

class Writer {
 public:
  // Connects to nothing: a call that hangs can be interrupted only once the task is made.
  Writer(Context context, const Config& config);
  // All throw the SDK's Retry, Restart, BadData or Fatal.
  void open(Partitions partitions);
  void put(const Batch& batch);
  void close(Partitions partitions);
  void interrupt() { database_.interrupt(); }  // [any thread]

 private:
  void prepare();
  void look_at_table();
  void write_batch(const Batch& batch);
  void encode(const Batch& batch);
  void encode_record(const Record& record, const RecordPlace& place);
  void write();
  void log_notes();

  const Settings settings_;
  const Context context_;
  Database database_;
  Positions positions_;
  EnvelopeDecoder decoder_;
  std::array<Metric, kSkips> skipped_;

  std::string session_owner_;  // the connection that the positions were last made sure of
  std::optional<Table> table_;
  std::unique_ptr<Rows> rows_;  // speaks of *table_
  int64_t table_loaded_ns_ = 0;
  bool table_is_fresh_ = false; // looked at in this call
  std::set<std::string> noted_; // what has been said once
  std::vector<Step> steps_;     // of the batch in hand
};

}  // namespace sluice::debezium
