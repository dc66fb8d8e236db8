// The other side of worker.h, in the worker process: runs the tasks that the host asks for, and tells twice a second, or at once where
// something is new, how they are. Main thread of the worker.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/json.h"
#include "config/flat_config.h"
#include "task/running_task.h"
#include "worker/frames.h"

namespace sluice {

struct TaskMaker {
  std::function<std::unique_ptr<RunningTask>(const FlatConfig& config, int index, int count)> start;
  std::function<std::string()> kafka_cluster_id;
  std::function<uint64_t()> resident_bytes;  // of this process
  std::string sandbox;                       // how it is shut in
  std::function<std::string(const JsonValue& question)> answer;
};

// The first text on the socket; waits for it. Empty: the host is gone.
std::string await_setup(int socket, FrameReader& in);

// Tasks, or one question (question.h). Until the host has no more to do; where the host is gone, the process ends in here.
void serve(int socket, FrameReader& in, const TaskMaker& tasks);

}  // namespace sluice
