// Counts a task's work (figures.h). The work thread tells, any thread reads; a call costs a batch less than a microsecond.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "base/outcome.h"
#include "task/batch.h"
#include "task/clock.h"
#include "task/figures.h"
#include "task/record.h"

namespace sluice {

class TaskMeter {
 public:
  // Records have come from Kafka, just now; the second are those of them that go to the sink.
  void received(std::span<const Record> records);
  void accepted(std::span<const BatchPart> parts);
  // put() has answered.
  void put(const LentBatch& view, std::chrono::nanoseconds took);
  // It was OK, and has taken so many of the records.
  void taken(const LentBatch& view, uint64_t written);
  // What was taken until now is durable.
  void durable(Clock::Time now);
  // What was taken and is not durable will be read again.
  void dropped();

  void answered(Verdict verdict);  // of a call of the sink, where it was not OK
  void hung() { with([](TaskFigures& figures) { ++figures.hangs; }); }
  void committed() { with([](TaskFigures& figures) { ++figures.commits; }); }

  void hold(PartitionHandle partition, const TopicPartition& name, int64_t read_until, int64_t durable_until);
  void let_go(PartitionHandle partition);

  TaskFigures figures() const;  // without what others know: ends of logs, rejects, the plugin's

 private:
  struct Place {
    TopicPartition name;
    int64_t read_until = -1, durable_until = -1;
  };
  struct Waiting {  // taken and not durable yet
    Clock::Time received;
    uint64_t records = 0;
  };

  template <class Do>
  void with(Do&& count) {
    const std::lock_guard lock(mutex_);
    count(figures_);
  }

  mutable std::mutex mutex_;
  TaskFigures figures_;                      // guarded by mutex_
  std::map<PartitionHandle, Place> places_;  // guarded by mutex_
  std::vector<Waiting> waiting_;             // work thread only
};

}  // namespace sluice
