#include "worker/workers.h"

#include "worker/worker_task.h"

namespace sluice {

std::unique_ptr<RunningTask> Workers::start_task(const std::string& connector, Worker::Options options, const FlatConfig& config,
                                                 int index, int count) {
  const std::lock_guard lock(mutex_);
  Entry& entry = workers_[connector];
  std::shared_ptr<Worker> worker = entry.worker.lock();
  if (!worker || !worker->takes_tasks()) {
    options.deaths = entry.deaths;
    entry.worker = worker = std::make_shared<Worker>(connector, std::move(options));
  }
  return std::make_unique<WorkerTask>(std::move(worker), config, index, count);
}

std::string Workers::kafka_cluster_id() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [connector, entry] : workers_)
    if (const auto worker = entry.worker.lock())
      if (std::string id = worker->kafka_cluster_id(); !id.empty()) return id;
  return "";
}

}  // namespace sluice
