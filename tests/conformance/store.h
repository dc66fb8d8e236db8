// What the list of store_test.cpp asks of a store: sinks of one connector, each as a process of its own has it, what is stored, and
// the faults that befall both. store_in_memory.h is the fake that the simulator stands on, store_on_postgres.h the plugin on a real
// Postgres. The test's thread only.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/topic_partition.h"
#include "task/record_source.h"
#include "task/sink.h"

namespace sluice::conformance {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Witness {
  int64_t offset, crc, timestamp_ms;
  bool operator==(const Witness&) const = default;
};

// A row of sluice.sink_offsets.
struct Stored {
  std::optional<int64_t> next_offset;  // none: unset
  TopicId topic_id{};
  int32_t leader_epoch = -1;
  std::optional<Witness> witness;
  int64_t epoch = 0, group_gen = -1;
  int64_t records_total = 0, gaps_total = 0, rejected_total = 0;
};

// Where a call stands still, or loses its connection.
enum class Step {
  claimed,     // a claim holds its rows, not committed
  moved,       // a batch's positions are moved and locked, not committed
  committing,  // everything of the batch is done but COMMIT, or its end
  answering,   // COMMIT is done, the answer not read
};

// A call that stands still. It goes on at the latest when this ends.
class Paused {
 public:
  virtual ~Paused() = default;
  virtual void go_on() = 0;          // any thread
  virtual void go_on_to(Step) = 0;   // and stands there; once
  virtual Outcome finish() = 0;      // goes on, to the call's end
};
using Call = std::function<Outcome()>;

class Store {
 public:
  virtual ~Store() = default;

  virtual std::unique_ptr<Sink> make_sink(Rejects& rejects) = 0;  // ends before the store
  // So large a batch has to be at least; 0: any will do. One that is large is written in another way, once the sink knows the table.
  virtual size_t batch_bytes() const { return 0; }
  virtual std::optional<Stored> stored(const TopicPartition& name) = 0;
  virtual std::vector<int64_t> rows(const TopicPartition& name) = 0;  // their offsets, in the order in which they were written

  // What a person does: `sluice.offsets/1`, and a transaction of theirs that holds a row. None: another session holds it.
  virtual Outcome alter(const TopicPartition& name, const TopicId& id, std::optional<int64_t> next_offset) = 0;
  virtual std::shared_ptr<void> hold(const TopicPartition& name) = 0;
  virtual void overwrite(const TopicPartition& name, int64_t next_offset) = 0;  // a statement that knows nothing of epochs

  virtual std::unique_ptr<Paused> pause(Call call, Step step) = 0;
  // The server works on the rows of the call's batch for the partition, as on a slow trigger: it does not wait for the client.
  virtual std::unique_ptr<Paused> slow_down(Call call, const TopicPartition& name) = 0;
  // The next call that comes to the step loses its connection there. Of a cut cable the server knows nothing: it goes on waiting for more.
  virtual void lose_connection(Step step) = 0;
  virtual void cut_cable(Step step) = 0;
  virtual bool is_lost() const = 0;  // it came to that step
  virtual void end_session_of_owner(const TopicPartition& name) = 0;

  // A state to which the server may go back, as by a failover to a standby that lacks what came later. Every session ends then.
  virtual void remember() = 0;
  virtual void go_back() = 0;

  virtual milliseconds now() = 0;
  virtual void wait(milliseconds time) = 0;
  virtual void meanwhile(milliseconds after, std::function<void()> what) = 0;  // once so much has passed, within a call or a wait
  virtual void age_claims(seconds by) = 0;  // as if every row had been updated so much earlier
};

}  // namespace sluice::conformance
