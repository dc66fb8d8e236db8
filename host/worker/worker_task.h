// A task that runs in a worker process: the supervisor holds this half of it.
#pragma once
#include <memory>
#include <utility>

#include "task/running_task.h"
#include "worker/worker.h"

namespace sluice {

class WorkerTask : public RunningTask {
 public:
  // Starts it there.
  WorkerTask(std::shared_ptr<Worker> worker, const FlatConfig& config, int index, int count)
      : worker_(std::move(worker)), task_(worker_->start(config, index, count)) {}
  ~WorkerTask() override {
    if (!worker_->stopped(task_)) {
      worker_->request_stop(task_, StopMode::keep_membership);
      worker_->join(task_);
    }
    worker_->forget(task_);
  }

  TaskReport report() const override { return worker_->report(task_); }
  TaskFigures figures() const override { return worker_->figures(task_); }
  std::set<std::string> take_topics() override { return worker_->take_topics(task_); }
  void set_paused(bool paused) override { worker_->set_paused(task_, paused); }
  void request_stop(StopMode mode) override { worker_->request_stop(task_, mode); }
  bool stopped() const override { return worker_->stopped(task_); }

 private:
  const std::shared_ptr<Worker> worker_;
  const uint64_t task_;
};

}  // namespace sluice
