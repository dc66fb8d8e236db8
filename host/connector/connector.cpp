#include "connector/connector.h"
#include <algorithm>

namespace sluice {
namespace {

std::string with_note(std::string trace, const TaskSlot& slot) {
  return slot.restart_note.empty() ? trace : trace + "\n" + slot.restart_note;
}

TaskStatus status_of(const TaskSlot& slot, int id) {
  if (!slot.task)
    return {id, slot.restarting ? State::restarting : State::unassigned, slot.last_trace, ""};

  TaskReport report = slot.task->report();
  switch (report.state) {
    case TaskReport::State::starting:
      // One that cannot reach its broker or database yet is a task that waits, and waiting is not a state.
      if (report.condition.empty()) return {id, State::unassigned, "", ""};
      [[fallthrough]];
    case TaskReport::State::running: return {id, State::running, "", std::move(report.condition), report.hangs};
    case TaskReport::State::paused: return {id, State::paused, "", "", report.hangs};
    case TaskReport::State::failed:
      if (report.trace.empty()) report.trace = "the task failed without giving a reason; see the log";
      return {id, State::failed, with_note(std::move(report.trace), slot), ""};
    case TaskReport::State::stopped: break;
  }
  return {id, State::failed, with_note("the task ended although nobody asked it to; see the log", slot), ""};
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
