// A task as the connector side sees it: started by construction, stopped and joined by destruction. The supervisor holds
// it through this interface, so that it knows neither Kafka nor plugins. All functions: any thread, none blocks.
#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "task/figures.h"

namespace sluice {

// How a task ends. A static member of a consumer group does not leave it by closing: `leave_group` is for a connector
// that is stopped or deleted, `keep_membership` for a process that ends or restarts the task at once.
enum class StopMode { keep_membership, leave_group };

struct TaskReport {
  enum class State { starting, running, paused, failed, stopped };
  State state = State::starting;
  std::string trace;      // state failed: what happened, where, what to do
  std::string condition;  // running: "waiting for ..." or "blocked: ...", else empty
  int partitions = 0;
  bool time_may_mend = false;  // failed: worth a new start by itself; else it needs a person
  bool hangs = false;     // a call of the sink has lasted longer than put.timeout.ms
  bool stuck = false;     // and interrupting it has not helped for as long again: the task has left its consumer group
  // Where it runs in a worker process (host/worker): its id, its resident memory, and how many of the connector's workers have died.
  int process = 0;        // 0: it runs in this process
  uint64_t process_bytes = 0;
  uint64_t process_deaths = 0;
  std::string process_sandbox;  // how it is shut in
};

class RunningTask {
 public:
  virtual ~RunningTask() = default;  // requests a stop that keeps the membership, if none was requested; then joins
  virtual TaskReport report() const = 0;
  virtual TaskFigures figures() const = 0;
  virtual std::set<std::string> take_topics() = 0;  // of which records were read since the last call; empties it
  virtual void set_paused(bool paused) = 0;
  virtual void request_stop(StopMode mode) = 0;
  virtual bool stopped() const = 0;  // true: destruction will not wait
};

}  // namespace sluice
