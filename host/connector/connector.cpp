#include "connector/connector.h"
#include <algorithm>

namespace sluice {
namespace {

std::string with_note(std::string trace, const TaskSlot& slot) {
  return slot.restart_note.empty() ? trace : trace + "\n" + slot.restart_note;
}

TaskStatus status_of(const TaskSlot& slot, int id) {
  TaskStatus status;
  status.id = id;
  if (!slot.task) {
    status.state = slot.restarting ? State::restarting : State::unassigned;
    status.trace = slot.last_trace;
    return status;
  }

  TaskReport report = slot.task->report();
  status.hangs = report.hangs;
  status.process = report.process;
  status.process_bytes = report.process_bytes;
  status.process_deaths = report.process_deaths;
  status.process_sandbox = std::move(report.process_sandbox);
  switch (report.state) {
    case TaskReport::State::starting:
      // One that cannot reach its broker or database yet is a task that waits, and waiting is not a state.
      if (report.condition.empty()) return status;
      [[fallthrough]];
    case TaskReport::State::running:
      status.state = State::running;
      status.condition = std::move(report.condition);
      return status;
    case TaskReport::State::paused:
      status.state = State::paused;
      return status;
    case TaskReport::State::failed:
      if (report.trace.empty()) report.trace = "the task failed without giving a reason; see the log";
      break;
    case TaskReport::State::stopped:
      report.trace = "the task ended although nobody asked it to; see the log";
      break;
  }
  status.state = State::failed;
  status.trace = with_note(std::move(report.trace), slot);
  return status;
}

// Connect calls a connector RUNNING although all of its tasks have failed; people were misled by that (D12).
State state_of(const Connector& connector, const std::vector<TaskStatus>& tasks) {
  if (!connector.sound) return State::failed;
  if (connector.target == TargetState::stopped) return State::stopped;
  if (connector.target == TargetState::paused) return State::paused;
  const auto all = [&](State state) {
    return !tasks.empty() && std::ranges::all_of(tasks, [&](const TaskStatus& task) { return task.state == state; });
  };
  if (all(State::failed)) return State::failed;
  if (all(State::restarting)) return State::restarting;
  if (all(State::unassigned)) return State::unassigned;
  return State::running;
}

}  // namespace

ConnectorStatus Connector::status() const {
  if (before_stop) return *before_stop;
  ConnectorStatus status;
  status.name = name;
  status.version = version;
  for (size_t i = 0; i < slots.size(); ++i) status.tasks.push_back(status_of(slots[i], static_cast<int>(i)));
  status.state = state_of(*this, status.tasks);
  if (!sound) status.trace = complaint;
  else if (status.state == State::failed) status.trace = status.tasks.front().trace;
  const auto waiting = std::ranges::find_if(status.tasks, [](const TaskStatus& task) { return !task.condition.empty(); });
  if (waiting != status.tasks.end()) status.condition = waiting->condition;
  else if (sound && !complaint.empty()) status.condition = "blocked: the settings before the last change are in force, since " + complaint;
  return status;
}

ConnectorInfo Connector::info() const {
  ConnectorInfo info{name, config, {}};
  const size_t count = before_stop ? before_stop->tasks.size() : slots.size();
  for (size_t i = 0; i < count; ++i) info.tasks.push_back(static_cast<int>(i));
  return info;
}

ConnectorFigures Connector::figures() const {
  ConnectorFigures figures{status(), plugin, {}};
  for (size_t i = 0; i < figures.status.tasks.size(); ++i)
    figures.tasks.push_back(i < slots.size() && slots[i].task ? slots[i].task->figures() : TaskFigures{});
  return figures;
}

const char* to_text(State state) {
  switch (state) {
    case State::running: return "RUNNING";
    case State::paused: return "PAUSED";
    case State::stopped: return "STOPPED";
    case State::failed: return "FAILED";
    case State::restarting: return "RESTARTING";
    case State::unassigned: break;
  }
  return "UNASSIGNED";
}

}  // namespace sluice
