// What becomes of records that can never be written: errors.tolerance, errors.max.share, the log and the dead letters. One a
// task; it outlives the sinks that the task makes. Bad records come from the sink (reject_many of the ABI, on any thread) or
// from the task's bisection (work thread): both end in reject().
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>

#include "abi/sluice_plugin.h"
#include "base/outcome.h"
#include "base/topic_partition.h"
#include "task/batch.h"
#include "task/dead_letters.h"

namespace sluice {

struct RejectOptions {
  std::string connector;             // for the headers of dead letters
  uint32_t task = 0;
  std::string plugin;
  bool tolerate = false;             // errors.tolerance: all
  double max_share = 0.2;            // of a batch of at least 20 records; more is no matter of single records
  bool log = false;
  bool log_coordinates = false;      // errors.log.include.messages
  bool context_headers = false;
  DeadLetterQueueFactory dead_letters;  // empty: bad records are only counted
};

class Rejects {
 public:
  explicit Rejects(RejectOptions options);

  // Records of a lent batch, by their indexes in it. OK: their dead letters are durable, or none are wanted. Retry: too many of
  // the batch are bad (code blocked.share) and nothing was sent, or the dead-letter topic does not take them now. Fatal: the
  // connector tolerates none. Any thread; waits as DeadLetterQueue::send() does.
  Outcome reject(const LentBatch& batch, std::span<const uint32_t> indexes, std::span<const sluice_error> errors);

  // For a record that stops the task: Connect sends it to the dead letters, too. Best effort, since nothing passes it.
  void report_last(const LentBatch& batch, uint32_t index, const sluice_error& why);

  bool tolerates() const { return options_.tolerate; }
  std::set<uint32_t> rejected_by_sink(const LentBatch& batch) const;
  uint64_t count() const { return count_; }  // of records rejected in this run; each once
  uint64_t letters() const { return letters_; }                 // that the dead-letter topic has
  uint64_t letter_failures() const { return letter_failures_; }  // tries that it did not take
  // Positions have passed these records: they will not come again.
  void forget_below(const TopicPartition& partition, int64_t offset);

  // Ends a wait for the dead-letter topic, and those to come until resume(). Any thread.
  void interrupt() { interrupted_ = true; }
  void resume() { interrupted_ = false; }

 private:
  Outcome judge(const LentBatch& batch, std::span<const uint32_t> indexes, std::span<const sluice_error> errors);
  Outcome send(const LentBatch& batch, std::span<const uint32_t> indexes, std::span<const sluice_error> errors);
  void settle(const LentBatch& batch, uint32_t index, const sluice_error& why);
  DeadLetter letter_for(const LentBatch& batch, uint32_t index, const sluice_error& why) const;
  void log(const LentBatch& batch, uint32_t index, const sluice_error& why) const;

  const RejectOptions options_;
  std::atomic<bool> interrupted_{false};
  std::atomic<uint64_t> count_{0}, letters_{0}, letter_failures_{0};

  mutable std::mutex mutex_;  // held while letters are sent, so that they go in order
  std::unique_ptr<DeadLetterQueue> queue_;
  std::map<TopicPartition, std::set<int64_t>> done_;  // rejected in this run and not yet passed: not to be sent twice
};

}  // namespace sluice
