// Writes change events to a topic: a recording as it is, or the lives of new orders, until enough are written or a signal
// asks to stop. One thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "event_text.h"
#include "order_life.h"
#include "producer.h"
#include "recording.h"

namespace sluice::demo {

struct FeedOptions {
  double rate = 0;         // events a second; 0: as fast as possible
  uint64_t count = 0;      // 0: no limit
  double seconds = 0;      // 0: no limit
  double bad_share = 0;
  LifeOptions life;
  int32_t partitions = 0;
  bool schemas = false;
  Decimals decimals = Decimals::precise;
};

// What was written. An event is a change or a bad record; tombstones come on top.
struct Counts {
  uint64_t snapshots = 0;
  uint64_t inserts = 0;
  uint64_t updates = 0;
  uint64_t deletes = 0;
  uint64_t others = 0;      // recorded events that change no row, such as truncates
  uint64_t tombstones = 0;
  uint64_t key_changes = 0; // each is also one of the deletes and one of the inserts
  uint64_t bad = 0;
  uint64_t events() const { return snapshots + inserts + updates + deletes + others + bad; }
};

Counts feed_recording(const std::vector<RecordedEvent>& events, Producer& producer, const std::atomic<bool>& stop);

class Feed {
 public:
  Feed(const std::vector<RecordedEvent>& recording, const FeedOptions& options, Producer& producer);
  Counts run(const std::atomic<bool>& stop);

 private:
  void step(bool may_rekey);
  void write_bad_record(int64_t now_us);
  void write_step(const Step& step, int64_t now_us);
  void write_change(char op, const Row* before, const Row* after, int64_t now_us, const Headers& headers);
  void write_tombstone(int64_t order_id, int64_t now_us, const Headers& headers);
  void begin_transaction();
  void send(bool tombstone, const Headers& headers, int64_t now_us);

  const FeedOptions options_;
  const Headers headers_;
  const EventText text_;
  OrderLife life_;
  Producer& producer_;
  Counts counts_;
  int64_t lsn_;
  int64_t last_commit_lsn_;
  int64_t transaction_;
  std::string key_;    // kept for its memory
  std::string value_;  // likewise
};

}  // namespace sluice::demo
