// The worker processes of the host, one a connector that is to have one. Supervisor thread; kafka_cluster_id(): any thread.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/flat_config.h"
#include "task/running_task.h"
#include "worker/worker.h"

namespace sluice {

class Workers {
 public:
  // Starts the task in the connector's worker, in a new one where there is none; `options` are for that; their `deaths` are ours. A worker ends with its
  // last task, so that new settings, and whoever restarts the only task, get a fresh process.
  std::unique_ptr<RunningTask> start_task(const std::string& connector, Worker::Options options, const FlatConfig& config, int index, int count);
  std::string kafka_cluster_id() const;  // of any of them that knows; empty while none does

 private:
  mutable std::mutex mutex_;
  struct Entry {
    std::weak_ptr<Worker> worker;  // expired: none runs
    std::shared_ptr<std::atomic<uint64_t>> deaths = std::make_shared<std::atomic<uint64_t>>(0);
  };
  std::map<std::string, Entry> workers_;  // by connector, of all that ever had one
};

}  // namespace sluice
