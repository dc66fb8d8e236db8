// A task that runs: a record source, a SinkTask and the work thread between them. What the supervisor holds.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <thread>

#include "task/running_task.h"
#include "task/sink_task.h"

namespace sluice {

class TaskThread : public RunningTask {
 public:
  // Makes the source on the work thread, so that a slow start delays nobody. The source calls `overdue` (from a thread of
  // its own) when the task lets a revocation wait past the grace. Throws what it likes: the task then reports `failed`, for good
  // where it is a std::invalid_argument.
  using SourceFactory = std::function<std::unique_ptr<RecordSource>(std::function<void()> overdue)>;

  TaskThread(SourceFactory make_source, SinkFactory make_sink, SinkTraits traits, SinkTaskOptions options,
             std::chrono::milliseconds stop_grace);
  ~TaskThread() override;

  TaskReport report() const override;
  TaskFigures figures() const override;
  std::set<std::string> take_topics() override;
  void set_paused(bool paused) override;
  void request_stop(StopMode mode) override;
  bool stopped() const override { return stopped_; }

 private:
  void run(const SourceFactory& make_source, const SinkFactory& make_sink);
  void failed(const std::string& why, bool time_may_mend);
  void watch();
  SinkTask* the_task() const;

  const SinkTraits traits_;
  const SinkTaskOptions options_;
  const std::chrono::milliseconds stop_grace_;
  SteadyClock clock_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<RecordSource> source_;  // guarded by mutex_ until the work thread ends
  std::unique_ptr<SinkTask> task_;        // the same
  std::string start_failure_;             // guarded by mutex_
  bool time_may_mend_ = true;             // guarded by mutex_: that failure
  bool paused_ = false;                   // guarded by mutex_
  bool stop_ = false;                     // guarded by mutex_
  bool leave_group_ = false;              // guarded by mutex_

  std::atomic<bool> stopped_{false};
  std::jthread work_;
  std::jthread watch_;  // after what it looks at
};

// A task that could not even be made, since its settings, which were sound once, are not now: a secret is gone, or a plugin.
class FailedTask : public RunningTask {
 public:
  explicit FailedTask(std::string trace) : trace_(std::move(trace)) {}
  TaskReport report() const override {
    TaskReport report;
    report.state = TaskReport::State::failed;
    report.trace = trace_;
    report.time_may_mend = true;
    return report;
  }
  TaskFigures figures() const override { return {}; }
  std::set<std::string> take_topics() override { return {}; }
  void set_paused(bool) override {}
  void request_stop(StopMode) override { stop_ = true; }
  bool stopped() const override { return stop_; }

 private:
  const std::string trace_;
  std::atomic<bool> stop_{false};
};

}  // namespace sluice
