// One worker process, as the host sees it: the tasks of one connector run in it. What they report is kept here, so that whoever asks
// never waits for the worker; what they are told is queued. A thread a worker starts it, reads what it says, logs what it logs, and
// kills it where it has fallen silent. How the other side does its part: serve.h.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/json.h"
#include "config/flat_config.h"
#include "task/running_task.h"
#include "worker/child.h"
#include "worker/frames.h"
#include "worker/log_relay.h"

namespace sluice {

class Worker {
 public:
  struct Options {
    std::string setup;  // the first text that it is sent
    uint64_t memory_max = 0;  // bytes; where it takes more, that is told
    std::function<std::string(int task)> last_words;  // what the task was doing, once the process is gone; "" where nobody knows
    std::shared_ptr<std::atomic<uint64_t>> deaths;    // of the connector's workers that ended unasked
  };
  Worker(std::string connector, Options options);
  ~Worker();  // kills what still runs; joins
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Any thread; none waits for the worker. The number names the task in what follows.
  uint64_t start(const FlatConfig& config, int index, int count);
  void set_paused(uint64_t task, bool paused);
  void request_stop(uint64_t task, StopMode mode);
  void forget(uint64_t task);  // it has stopped, and nobody will ask for it again

  TaskReport report(uint64_t task) const;
  TaskFigures figures(uint64_t task) const;
  std::set<std::string> take_topics(uint64_t task);
  // The last one of a worker has stopped only once the process is gone: a new worker must not meet it in the consumer group.
  bool stopped(uint64_t task) const;
  // Waits until it has. A worker whose task does not stop within 10 s of being told to is killed.
  void join(uint64_t task);

  bool takes_tasks() const;  // it runs, and is not about to end
  std::string kafka_cluster_id() const;

 private:
  struct Task {
    int index = 0;
    TaskReport report;
    TaskFigures figures;
    std::set<std::string> topics;
    bool stopped = false;
    std::chrono::steady_clock::time_point stop_by = std::chrono::steady_clock::time_point::max();
  };

  void run();
  void talk(const Child& child);
  void take(const JsonValue& status);
  std::string changed_levels();
  void tell(const std::string& text);
  void end_if_idle();
  bool has_stopped(const Task& task) const;
  std::string why_to_kill() const;
  std::string memory_alarm() const;
  void ended(std::string how);

  // Fixed after construction.
  const std::string connector_;
  const Options options_;
  const int wake_;  // an eventfd: something is to be sent

  // The thread only.
  FrameReader in_;
  LogRelay log_;
  std::string levels_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  FrameWriter out_;                // guarded by mutex_, as is all below
  std::map<uint64_t, Task> tasks_;
  uint64_t last_task_ = 0;
  bool closing_ = false;           // told to end, since its last task has stopped
  bool kill_ = false;
  std::string killed_since_;       // the host has killed it, and this is why
  bool gone_ = false;
  std::string how_;                // it ended, where nobody had asked it to
  pid_t pid_ = 0;
  uint64_t resident_bytes_ = 0;
  std::string sandbox_;
  bool alarmed_ = false;           // that it takes too much memory has been logged
  std::string cluster_id_;

  std::thread thread_;
};

}  // namespace sluice
