// How tasks start, end, and come back.
#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/log_context.h"
#include "base/loggers.h"
#include "connector/fleet.h"

namespace sluice {

void Fleet::step() {
  std::erase_if(ending_, [](const Ending& ending) { return ending.task->stopped(); });
  for (auto& [name, connector] : connectors_) {
    const auto old_one = [&](const Ending& ending) { return ending.name == connector.name; };
    if (connector.before_stop && std::ranges::none_of(ending_, old_one)) connector.before_stop.reset();
    for (size_t i = 0; i < connector.slots.size(); ++i)
      if (!connector.slots[i].task) {
        if (!must_wait(connector, static_cast<int>(i))) start(connector, static_cast<int>(i));
      } else {
        restart_if_failed(connector, static_cast<int>(i));
      }
    note_topics(connector);
  }
}

void Fleet::note_topics(Connector& connector) {
  const size_t before = connector.topics.size();
  for (TaskSlot& slot : connector.slots)
    if (slot.task) connector.topics.merge(slot.task->take_topics());
  if (connector.topics.size() != before) states_.keep_topics(connector.name, connector.topics);
}

void Fleet::make_slots(Connector& connector, bool restarting) {
  connector.generation = ++last_generation_;
  connector.slots.clear();
  connector.slots.resize(static_cast<size_t>(std::max(1, connector.tasks_max)));
  for (TaskSlot& slot : connector.slots) slot.restarting = restarting;
}

void Fleet::start(Connector& connector, int index) {
  TaskSlot& slot = connector.slots[static_cast<size_t>(index)];
  slot.task = backend_.start_task(connector.config, index, static_cast<int>(connector.slots.size()));
  slot.started_at = clock_.now();
  slot.restarting = false;
  slot.last_trace.clear();
  if (connector.target == TargetState::paused) slot.task->set_paused(true);
}

// A restarted task waits for itself only, so that a hung sibling does not keep it down; new settings wait for all.
bool Fleet::must_wait(const Connector& connector, int index) const {
  if (held_.contains(connector.name)) return true;
  return std::ranges::any_of(ending_, [&](const Ending& ending) {
    return ending.name == connector.name && (ending.index == index || ending.generation != connector.generation);
  });
}

void Fleet::stop_tasks(Connector& connector) {
  for (size_t i = 0; i < connector.slots.size(); ++i)
    end(connector, static_cast<int>(i), std::move(connector.slots[i].task), StopMode::leave_group);
  connector.slots.clear();
  leave_group(connector.name);
}

void Fleet::restart_slot(Connector& connector, int index) {
  TaskSlot& slot = connector.slots[static_cast<size_t>(index)];
  if (!slot.task) return;  // is being restarted
  slot.last_trace = slot.task->report().trace;
  slot.restarting = true;
  slot.restart_at.reset();
  slot.restart_note.clear();
  end(connector, index, std::move(slot.task), StopMode::keep_membership);
  const LogContext about(connector.name);
  connector_log().info("restarting task {}", index);
}

// A task makes its sink anew by itself; this is for one that ended altogether, which costs its siblings a rebalance.
void Fleet::restart_if_failed(Connector& connector, int index) {
  TaskSlot& slot = connector.slots[static_cast<size_t>(index)];
  const TaskReport report = slot.task->report();
  const auto now = clock_.now();
  if (report.state != TaskReport::State::stopped && !(report.state == TaskReport::State::failed && report.time_may_mend)) {
    if (now - slot.started_at > 2 * connector.restart.backoff.max) slot.restarts = 0;
    return;
  }
  if (slot.restart_at && now >= *slot.restart_at) {
    ++slot.restarts;
    return restart_slot(connector, index);
  }
  if (slot.restart_at || !slot.restart_note.empty()) return;
  if (connector.restart.max >= 0 && slot.restarts >= connector.restart.max) {
    slot.restart_note = fmt::format("It was started again by itself {} time(s) in a row, which is restart.max. Restart it once the reason is mended.",
                                    slot.restarts);
    return;
  }
  const auto delay = connector.restart.backoff.delay(static_cast<uint32_t>(slot.restarts), std::uniform_real_distribution<double>(0, 1)(random_));
  slot.restart_at = now + delay;
  slot.restart_note = fmt::format("It is started again by itself, {:.1f} s after this.", std::chrono::duration<double>(delay).count());
  const LogContext about(connector.name);
  connector_log().warn("task {} has failed; {}", index, slot.restart_note);
}

void Fleet::end(const Connector& connector, int index, std::unique_ptr<RunningTask> task, StopMode mode) {
  if (!task) return;
  task->request_stop(mode);
  ending_.push_back({connector.name, index, connector.generation, std::move(task)});
}

// Tasks that were ending for a restart would keep their membership; now nobody takes it up again.
void Fleet::leave_group(const std::string& name) {
  for (const Ending& ending : ending_)
    if (ending.name == name) ending.task->request_stop(StopMode::leave_group);
}

}  // namespace sluice
