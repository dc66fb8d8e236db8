// The loop that moves records: one batch at a time from a record source to a sink. Read this file first.
//
//   take changes of the assignment -> make the sink -> claim partitions -> fetch -> put -> remember what is durable
//
// Positions move only after the sink said that a batch is durable. A sink that owns its offsets says at open() where to
// begin; then Kafka's commits serve lag tools only. Whatever goes wrong has one of the five answers of base/outcome.h, and
// step() is the only place that acts on them: wait and try the same again, make a new sink and replay, halve the batch, stop.
// A position passes a bad record only once rejects.h has answered for it.
//
// claim.cpp takes partitions, intake.cpp records; the rest is in sink_task.cpp.
//
// step(), stop_and_close(): the work thread. The rest: any thread.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "base/transforms.h"
#include "task/backoff.h"
#include "task/batch.h"
#include "task/bisection.h"
#include "task/clock.h"
#include "task/crash_notes.h"
#include "task/meter.h"
#include "task/record_source.h"
#include "task/rejects.h"
#include "task/running_task.h"
#include "task/sink.h"
#include "task/sink_call.h"

namespace sluice {

struct SinkTaskOptions {
  uint32_t batch_records = 20000;
  uint64_t batch_bytes = uint64_t{16} << 20;
  std::chrono::milliseconds linger{0};
  std::chrono::milliseconds commit_interval{5000};
  // How often a position alone is moved past control records, and a sink to which nothing comes is asked whether its positions are its own.
  std::chrono::milliseconds advance_interval{5000};
  std::chrono::milliseconds blocked_retry{30000};
  Backoff backoff{};
  Backoff restart_backoff{std::chrono::milliseconds(1000), std::chrono::milliseconds(60000)};
  int restart_max = -1;                      // restarts of the sink in a row before the task fails; -1: no limit
  std::chrono::milliseconds put_timeout{60000};      // a call of the sink that takes longer is interrupted
  uint64_t retained_bytes_max = uint64_t{64} << 20;  // over it the sink is not fed
  uint64_t memory_bound = 0;                 // bytes that it may take, for whoever watches the process
  bool skip_lost_ranges = false;             // on.lost.range: skip
  RejectOptions rejects{};
  std::function<std::unique_ptr<CrashNotes>()> crash_notes{};  // made on the work thread; empty: nothing is noted
  Transforms transforms{};
  uint32_t jitter_seed = std::random_device{}();
};

class SinkTask {
 public:
  SinkTask(RecordSource& source, SinkFactory make_sink, SinkTraits traits, const Clock& clock, SinkTaskOptions options);
  ~SinkTask();

  // One round of the loop; blocks at most about 100 ms beyond what the sink itself takes.
  void step();
  // Lets go of everything: closes the sink, commits what is durable. The source is still open afterwards.
  void stop_and_close();

  TaskReport report() const;
  TaskFigures figures() const;
  std::set<std::string> take_topics();  // of which records were read since the last call
  void set_paused(bool paused);
  // Unblocks a call that the sink is in. Called by the control thread when a revocation or a stop waits too long.
  void interrupt_sink();
  // Once the call that the sink is in has lasted longer than put_timeout: tells where it is, and unblocks it. Where that does not help for
  // as long again, leaves the consumer group, so that others take over. Called now and then, by one thread at a time.
  void look_after_call();

 private:
  struct Held {  // one partition that is ours, claimed or not yet
    TopicPartition name;
    PartitionStart start;
    bool claimed = false;
    void* user = nullptr;            // the sink's
    int64_t next_offset = 0;         // taken from Kafka up to here
    int64_t put_offset = 0;          // put() answered OK up to here
    int64_t durable_offset = -1;     // the sink's promise; -1 = none yet
    int64_t committed_offset = -1;   // told Kafka
    bool written = false;            // the sink has written records of it, now or before
    int32_t leader_epoch = -1;
    int64_t end_offset = -1;         // the log's end as last seen: beyond next_offset only control records follow
    Clock::Time advanced_at{};
    int unreadable = 0;              // times in a row that the client could not read on
    int64_t suspected_offset = -1;   // next_offset when an answer was too large
    bool has_gaps = false;           // a hole in the offsets was read twice and is real: compaction, transactions
    int64_t doubted_offset = -1;     // a record after a hole, which is being read again
    bool end_doubted = false;        // an end beyond next_offset is being read up to again
    bool put_in_doubt = false;       // a put() failed and was given up with its batch: the sink may have written beyond put_offset
    bool begin_pending = false;      // Kafka did not answer when reading was to begin: ask again before the next fetch
    std::optional<TopicTransforms> transforms;  // of its topic, once they were asked for
    std::optional<sluice_partition> witness;  // the last record written; read again and compared before anything else
  };

  // The steps, in order. False: not now, step() ends here.
  void take_changes();
  bool have_sink();
  void claim();
  bool fetch();
  void deliver();

  enum class Taken { yes, no, stale };  // stale: what else was fetched of this partition is read again
  void accept(Fetched& fetched);
  Batch::Part part_for(PartitionHandle handle, Held& held) const;
  const TopicTransforms& transforms_of(Held& held) const;
  void pass_filtered(const std::vector<PartitionHandle>& handles, std::vector<Batch::Part>& parts);
  Taken take(PartitionHandle handle, Held& held, const Record& record);
  Taken check_witness(PartitionHandle handle, Held& held, const Record& record);
  Taken explain_gap(PartitionHandle handle, Held& held, int64_t first_offset);
  void on_event(const PartitionEvent& event);
  bool is_still_ours(PartitionHandle handle, Held& held);
  bool is_same_topic(const Held& held, const PartitionStart& now);
  void explain_out_of_range(PartitionHandle handle, Held& held);
  bool is_settled(const Held& held);
  bool may_skip_lost_range(Held& held, int64_t low_watermark);
  void advance_idle_positions();
  void suspect_too_large(const std::string& message);
  void suspect_all();
  void find_too_large();
  void explain_unreadable(PartitionHandle handle, Held& held, const std::string& message);
  bool begin(PartitionHandle handle, Held& held);
  void idle();
  Outcome confirm_before_reclaim(const std::vector<PartitionHandle>& handles);
  Outcome claim_some(const std::vector<PartitionHandle>& handles);
  Outcome begin_claimed(const std::vector<PartitionHandle>& handles, const std::vector<AssignmentChange::Partition>& partitions,
                        const std::vector<sluice_partition>& claims);
  Outcome confirm_doubted(const std::vector<PartitionHandle>& handles, const std::vector<sluice_partition>& claims);
  bool check_claim(Held& held, const sluice_partition& claimed);
  bool any_claimed() const;
  void batch_taken(const LentBatch& view);
  void batch_refused(const LentBatch& view, const Outcome& why);
  void give_up_on_record(const LentBatch& view, const Outcome& why);
  void pass_over(uint32_t index);
  void next_part();
  void drop_partitions(const AssignmentChange& change);
  void close_sink(int32_t why, const std::vector<PartitionHandle>& handles);
  void drop_sink();
  void end_sink();
  InCall in_call(const char* name);
  bool give_up_on_guilty(const LentBatch& view);
  void note_in_hand(const LentBatch& view);
  void note_passed();
  std::chrono::milliseconds unanswered_limit() const;
  void commit(Commit how);
  std::unique_ptr<Sink> take_sink();
  void show(PartitionHandle handle, const Held& held) { meter_.hold(handle, held.name, held.next_offset, held.durable_offset); }

  bool act_on(const Outcome& outcome, const char* doing);
  void wait_before_retry(const Outcome& outcome);
  void fail(std::string trace);
  void set_condition(std::string condition);
  void set_claim_condition(const std::string& condition);
  void restart(const Outcome& outcome, const char* doing);
  void wait_as(const Outcome& outcome, std::chrono::milliseconds delay);
  std::chrono::milliseconds delay_of(const Outcome& outcome, const Backoff& backoff, uint32_t retry);
  bool waiting() const;
  Held* find(PartitionHandle handle);
  static PartitionPosition position_of(PartitionHandle handle, const Held& held);
  std::vector<PartitionPosition> positions_to_commit() const;

  static constexpr std::chrono::milliseconds kIdleWait{100};  // how long a round of the loop may wait for records
  // What a person does about a log that is not the one that was read: the end of several messages.
  static constexpr const char* kReset = "To go on with the log as it is, reset the connector's position for this topic (README, "
                                        "\"Resetting a position\")";

  // Fixed after construction.
  RecordSource& source_;
  const SinkFactory make_sink_;
  const SinkTraits traits_;
  const Clock& clock_;
  const SinkTaskOptions options_;

  Rejects rejects_;                         // locks for itself
  TaskMeter meter_;                         // the same

  // Work thread only.
  std::map<PartitionHandle, Held> held_;
  std::optional<Batch> batch_;
  std::optional<Bisection> bisection_;
  uint32_t attempt_ = 0;                    // of the batch in hand, or of the next one after a restart
  uint32_t retries_ = 0;                    // in a row, for the back-off
  std::map<TopicPartition, int64_t> replayed_until_;  // the ranges that attempt_ speaks of
  std::string too_large_;                   // what the client says of an answer that it did not take; empty: of none
  Clock::Time too_large_told_at_{};
  Clock::Time too_large_at_{};              // when the partition that it was of will have shown
  Clock::Time fetched_at_{};
  bool reclaim_ = false;                    // the sink is new, the partitions are not
  Clock::Time claim_at_{};                  // not before: some partition could not be claimed
  uint32_t claim_retries_ = 0;
  bool claim_singly_ = false;               // one of them stands in the way of the others
  PartitionHandle stuck_ = 0;               // the one that failed last when claiming singly
  int restarts_ = 0;                        // of the sink, in a row
  bool failed_ = false;
  Clock::Time wait_until_{};
  Clock::Time commit_at_{};
  Clock::Time sink_seen_at_{};              // when it last took a claim or a batch
  std::mt19937 random_;
  std::unique_ptr<CrashNotes> notes_;       // null: nothing is noted

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::unique_ptr<Sink> sink_;              // changed by the work thread only; others look at it under the mutex
  TaskReport report_;
  std::set<std::string> topics_;            // see take_topics
  std::vector<PluginMetric> last_metrics_;  // of the sink that was dropped last
  std::string claim_condition_;             // why some partition is not claimed, while others are worked on

  std::atomic<bool> paused_{false};
  WatchedCall call_;
  std::atomic<bool> left_group_{false};  // since a call of the sink hung
  Clock::Time::rep told_call_ = 0;       // look_after_call() only: the call that was told of
  std::mutex interrupt_mutex_;           // held while the sink is interrupted: it must not end meanwhile. Locked before mutex_
};

}  // namespace sluice
