#include "task/task_thread.h"

#include <spdlog/spdlog.h>
#include "base/log_context.h"
#include "base/loggers.h"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "failpoint/failpoint.h"

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kWatchInterval{500};

}  // namespace

TaskThread::TaskThread(SourceFactory make_source, SinkFactory make_sink, SinkTraits traits, SinkTaskOptions options,
                       std::chrono::milliseconds stop_grace)
    : traits_(traits), options_(std::move(options)), stop_grace_(stop_grace),
      work_([this, make_source = std::move(make_source), make_sink = std::move(make_sink)] { run(make_source, make_sink); }) {
  try {
    watch_ = std::jthread([this] { watch(); });
  } catch (...) {
    request_stop(StopMode::keep_membership);  // or the end of work_, which joins it, would wait for ever
    throw;
  }
}

TaskThread::~TaskThread() {
  request_stop(StopMode::keep_membership);
  work_.join();
  watch_.join();
}

void TaskThread::run(const SourceFactory& make_source, const SinkFactory& make_sink) {
  const LogContext about(options_.rejects.connector, static_cast<int>(options_.rejects.task));
  try {
    auto source = make_source([this] {
      if (SinkTask* task = the_task()) task->interrupt_sink();
    });
    auto task = std::make_unique<SinkTask>(*source, make_sink, traits_, clock_, options_);
    std::unique_lock lock(mutex_);
    task->set_paused(paused_);
    source_ = std::move(source);
    task_ = std::move(task);
    while (!stop_) {
      lock.unlock();
      task_->step();
      lock.lock();
    }
    const bool leave_group = leave_group_;
    lock.unlock();
    task_->stop_and_close();
    source_->close(leave_group);
    SLUICE_FAILPOINT("stop.left");
  } catch (const std::invalid_argument& e) {
    failed(e.what(), false);
  } catch (const std::exception& e) {
    failed(e.what(), true);
  }
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void TaskThread::failed(const std::string& why, bool time_may_mend) {
  task_log().error("FAILED: {}", why);
  std::lock_guard lock(mutex_);
  start_failure_ = why;
  time_may_mend_ = time_may_mend;
}

// Ends calls of the sink that last too long: a stop waits for the call in progress as long as a revocation would, and without a
// stop a call may take put.timeout.ms. A database that hangs would otherwise hold the task for ever.
void TaskThread::watch() {
  std::unique_lock lock(mutex_);
  while (!stopped_ && !stop_) {
    changed_.wait_for(lock, kWatchInterval, [this] { return stop_ || stopped_; });
    SinkTask* const task = task_.get();
    if (!task || stop_) continue;
    lock.unlock();  // a plugin may take its time to be interrupted
    task->look_after_call();
    lock.lock();
  }
  while (!stopped_) {
    changed_.wait_for(lock, std::max(stop_grace_, kWatchInterval), [this] { return stopped_.load(); });
    SinkTask* const task = task_.get();
    if (stopped_ || !task) continue;
    lock.unlock();
    task->interrupt_sink();
    lock.lock();
  }
}

// Once it is there it stays until this object goes, which waits for all who ask.
SinkTask* TaskThread::the_task() const {
  std::lock_guard lock(mutex_);
  return task_.get();
}

TaskReport TaskThread::report() const {
  std::lock_guard lock(mutex_);
  TaskReport report;
  if (task_) report = task_->report();
  if (!start_failure_.empty()) {
    report.state = TaskReport::State::failed;
    report.trace = start_failure_;
    report.time_may_mend = time_may_mend_;
  }
  return report;
}

TaskFigures TaskThread::figures() const {
  std::lock_guard lock(mutex_);
  return task_ ? task_->figures() : TaskFigures{};
}

std::set<std::string> TaskThread::take_topics() {
  std::lock_guard lock(mutex_);
  return task_ ? task_->take_topics() : std::set<std::string>{};
}

void TaskThread::set_paused(bool paused) {
  std::lock_guard lock(mutex_);
  paused_ = paused;
  if (task_) task_->set_paused(paused);
}

void TaskThread::request_stop(StopMode mode) {
  std::lock_guard lock(mutex_);
  if (!stop_) {
    leave_group_ = mode == StopMode::leave_group;
    // Only at the first request: from then on the work thread may be closing the source, or be done with it.
    if (source_) source_->wake();
  }
  stop_ = true;
  changed_.notify_all();
}

}  // namespace sluice
