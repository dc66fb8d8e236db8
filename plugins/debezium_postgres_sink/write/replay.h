// Dead letters that are written after what stood in their way was mended: the extension sluice.replay/1 (the rules stand in
// sluice_plugin.h). One transaction a batch, a savepoint a record. Any thread; each call has a connection of its own.
#pragma once
#include <functional>

#include "debezium_postgres_sink/write/batch_reader.h"
#include "debezium_postgres_sink/write/database.h"
#include "debezium_postgres_sink/write/row_writer.h"

namespace sluice::debezium {

class Replay {
 public:
  // Throws Fatal where the settings do not allow for it.
  explicit Replay(const Config& config);

  using Each = std::function<void(uint32_t record, int32_t what, const sluice_error* why)>;
  // Throws the SDK's errors; then nothing was written, and `each` was not called.
  void write(const Batch& batch, const Each& each);

 private:
  struct Answer {
    int32_t what = SLUICE_REPLAY_DONE;
    sluice_error why{};
  };
  Answer write_record(pqxx::work& transaction, const Batch& batch, uint32_t index);
  void find_target(const Batch& batch, uint32_t index);
  bool mark(pqxx::work& transaction, const sluice_span& span, const Record& record);
  int64_t stored_position(pqxx::work& transaction, const sluice_span& span);
  void read(const sluice_span& span, const Record& record, bool history_only);

  const Settings settings_;
  const std::string connector_;
  const Context context_{nullptr};
  Database database_;
  Targets targets_;
  EnvelopeDecoder decoder_;
  RowWriter rows_;
};

}  // namespace sluice::debezium
