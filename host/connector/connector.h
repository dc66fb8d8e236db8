// One connector: its settings, its tasks, and what Connect would call its state. Supervisor thread only.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "connector/backend.h"
#include "connector/figures.h"
#include "connector/status.h"
#include "task/clock.h"
#include "task/running_task.h"

namespace sluice {

// A task that should run. It may have to wait for the end of the one before it.
struct TaskSlot {
  std::unique_ptr<RunningTask> task;  // empty: not started yet
  bool restarting = false;            // until `task` is there
  std::string last_trace;             // of the task that is being restarted
  Clock::Time started_at{};
  int restarts = 0;                   // by itself, in a row
  std::optional<Clock::Time> restart_at;  // failed, and to be started again then
  std::string restart_note;           // the same for people
};

struct Connector {
  std::string name;
  FlatConfig config;              // as sent, plus `name`
  int tasks_max = 1;
  RestartPolicy restart;
  std::string plugin, version;    // the plugin's own name, and its version
  std::filesystem::path file;     // empty: nothing is kept, since there is no folder
  bool made_over_rest = false;
  bool sound = true;              // false: its file was never valid, so it has no tasks
  std::string complaint;          // why what its file says now is not in force; empty: it is
  std::set<std::string> topics;   // seen since the last reset, before transforms
  TargetState target = TargetState::running;
  uint64_t generation = 0;        // of its tasks: a new one waits until all of an older one have ended
  std::vector<TaskSlot> slots;    // none: stopped, or paused before it ever ran
  std::optional<ConnectorStatus> before_stop;  // shown while its tasks leave the group

  ConnectorStatus status() const;
  ConnectorInfo info() const;
  ConnectorFigures figures() const;
};

}  // namespace sluice
