// Reads a batch into its targets: which records become rows, which only move the position, which can never be written. What
// was found out about a record stays when the batch is read again. Task thread only; writes nothing.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "debezium_postgres_sink/decode/envelope.h"
#include "debezium_postgres_sink/write/dead_letters.h"
#include "debezium_postgres_sink/write/meters.h"
#include "debezium_postgres_sink/write/positions.h"
#include "debezium_postgres_sink/write/targets.h"

namespace sluice::debezium {

RecordPlace place_of(const sluice_span& span, const Record& record);
std::string name_of(const sluice_span& span, const Record& record);  // "orders-0@12", for messages
// A record's change into the rows of its target; the bytes that these have grown by. Throws RecordError, SettingNeeded, SqlFault where
// the target is looked up.
size_t add_to_target(Targets& targets, const Change& change, const sluice_span& span, const Record& record);

class BatchReader {
 public:
  BatchReader(const Settings& settings, Targets& targets)
      : settings_(settings), targets_(targets), decoder_(settings.keeps_current()) {}

  void begin(const Batch& batch);  // nothing is known of its records
  // The whole batch, without what was rejected. Throws SettingNeeded, SqlFault where a target is looked up, Fatal; BadData where its rows
  // take too much memory at once, so that the host halves it.
  void read(const Batch& batch, int64_t now_us);
  // As read(), with the rows of histories poured into the outlet meanwhile. Throws CannotPour too, also where a record is bad.
  void pour(const Batch& batch, int64_t now_us, RowOutlet& outlet);
  // Only the records [first, last).
  void read_range(const Batch& batch, uint32_t first, uint32_t last, int64_t now_us);

  bool is_row(uint32_t index) const { return fates_[index] == Fate::row; }
  void reject(const Reject& reject);
  const std::vector<Reject>& rejects() const { return rejects_; }
  std::vector<Step> steps(const Batch& batch) const;
  // Those that the batch moves, which steps() would tell how far; of each span of the batch, in its order.
  static std::vector<Position*> moving(const Batch& batch);
  // What became of the batch, once it is written.
  void tell(Meters& meters) const;

 private:
  enum class Fate : uint8_t {
    unknown,
    row,
    nothing,   // moves the position alone
    below,     // was written before
    rejected,
  };
  bool read_all(const Batch& batch, bool again);
  void begin_rows(int64_t now_us, RowOutlet* outlet);
  void hold(const Batch& batch, size_t bytes);
  void read_record(const Batch& batch, uint32_t index);
  Fate add(const Batch& batch, uint32_t index, const sluice_span& span, std::optional<int64_t>& deleted_key);
  Fate skip(Skip kind);
  void note(uint32_t index, const Change& change, const Record& record);
  Fate add_truncate(const Batch& batch, uint32_t index, const Change& change, const sluice_span& span, const Record& record);

  const Settings& settings_;
  Targets& targets_;
  EnvelopeDecoder decoder_;

  // of the batch
  std::vector<Fate> fates_;
  std::vector<std::optional<int64_t>> deleted_keys_;  // after each span
  std::vector<Reject> rejects_;
  std::vector<Operation> operations_;                 // of each record that is a row
  std::array<uint32_t, kSkips> skipped_{};
  std::vector<Passage> passages_;                     // of some that stand for all
  uint32_t sample_every_ = 1;
  size_t batch_bytes_ = 0;                            // of its keys and values
  size_t held_ = 0, held_max_ = 0;                    // bytes of its rows
};

}  // namespace sluice::debezium
