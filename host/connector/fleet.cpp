#include "connector/fleet.h"
#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/log.h"
#include "connector/config_check.h"

namespace sluice {
namespace {

using Kind = CommandResult::Kind;

CommandResult refuse(Kind kind, std::string message) { return {kind, std::move(message), std::nullopt, std::nullopt}; }

// In these three Connect spells the same answer differently, and clients compare.
CommandResult not_found(const std::string& name) { return refuse(Kind::not_found, fmt::format("Connector {} not found", name)); }
CommandResult unknown(const std::string& name) { return refuse(Kind::not_found, fmt::format("Unknown connector {}", name)); }
CommandResult unknown_to_restart(const std::string& name) {
  return refuse(Kind::not_found, fmt::format("Unknown connector: {}", name));
}

CommandResult managed(const Connector& connector) {
  return refuse(Kind::managed_by_file, fmt::format("Connector {} is declared in {}; change or remove that file instead",
                                                   connector.name, connector.file.string()));
}

const char* participle(TargetState target) {
  return target == TargetState::running ? "resumed" : target == TargetState::paused ? "paused" : "stopped";
}

}  // namespace

Fleet::Fleet(Backend& backend, std::filesystem::path connectors_dir, std::filesystem::path state_dir)
    : backend_(backend), connectors_dir_(std::move(connectors_dir)), target_states_(std::move(state_dir)) {}

Fleet::~Fleet() {
  for (auto& [name, connector] : connectors_)
    for (TaskSlot& slot : connector.slots)
      if (slot.task) slot.task->request_stop(StopMode::keep_membership);
}

void Fleet::start_from_files(const std::vector<ConnectorFile>& files) {
  for (const ConnectorFile& file : files) start_from_file(file);
}

void Fleet::start_from_file(const ConnectorFile& file) {
  const auto leave_out = [&](Problem problem) {
    problem.file = file.file.string();
    if (const auto line = file.lines.find(problem.key); line != file.lines.end()) problem.line = line->second;
    spdlog::error("connector left out: {}", printable(describe(problem)));
  };
  const auto name = file.settings.find("name");
  if (name == file.settings.end()) return leave_out({"name", "a connector needs a name; add \"name: ...\"", "", 0, false});
  if (const auto other = connectors_.find(name->second); other != connectors_.end())
    return leave_out({"name", fmt::format("connector {} is declared in {} already; rename or remove one of them",
                                          name->second, other->second.file.string()), "", 0, false});

  const ConfigVerdict verdict = check_config(backend_, file.settings, ConfigOrigin::file);
  for (const Problem& error : verdict.errors) leave_out(error);
  if (!verdict.errors.empty()) return;
  const TargetState target = target_states_.load(name->second);
  add(name->second, file.settings, verdict.checked, target).file = file.file;
  spdlog::info("connector {}: {} from {}", printable(name->second),
               target == TargetState::running ? "started" : fmt::format("read, and {} as it was,", participle(target)), file.file.string());
}

CommandResult Fleet::create(const std::string& name, FlatConfig config, TargetState initial) {
  if (auto refusal = put_name(name, config)) return *refusal;
  ConfigVerdict verdict = check_config(backend_, config, ConfigOrigin::rest);
  if (!verdict.errors.empty()) return refuse_config(verdict.errors);
  if (const auto other = connectors_.find(name); other != connectors_.end())
    return refuse(Kind::exists, other->second.file.empty()
                                    ? fmt::format("Connector {} already exists", name)
                                    : fmt::format("Connector {} already exists: it is declared in {}", name, other->second.file.string()));

  const Connector& connector = add(name, std::move(config), verdict.checked, initial);
  spdlog::warn("connector {}: created over REST, so it ends with this process; to keep it, write its settings to {}",
               printable(name), printable((connectors_dir_ / (file_stem_of(name) + ".yaml")).string()));
  // As in Connect the answer lists no tasks yet: they are only being started.
  return {Kind::created, "", ConnectorInfo{name, connector.config, {}}, std::nullopt};
}

CommandResult Fleet::put_config(const std::string& name, FlatConfig config) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return create(name, std::move(config), TargetState::running);
  if (!found->second.file.empty()) return managed(found->second);
  if (auto refusal = put_name(name, config)) return *refusal;
  return replace_config(found->second, std::move(config));
}

CommandResult Fleet::patch_config(const std::string& name, const ConfigPatch& patch) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return not_found(name);
  if (!found->second.file.empty()) return managed(found->second);
  FlatConfig config = found->second.config;
  for (const auto& [key, value] : patch)
    if (value) config[key] = *value;
    else config.erase(key);
  if (!config.contains("name"))
    return refuse_config({{"name", "Missing required configuration \"name\" which has no default value.", "", 0, false}});
  if (auto refusal = put_name(name, config)) return *refusal;
  return replace_config(found->second, std::move(config));
}

CommandResult Fleet::replace_config(Connector& connector, FlatConfig config) {
  ConfigVerdict verdict = check_config(backend_, config, ConfigOrigin::rest);
  if (!verdict.errors.empty()) return refuse_config(verdict.errors);
  // Tools send the whole configuration again and again to be sure; that must not cost a rebalance.
  if (config != connector.config) {
    connector.config = std::move(config);
    connector.tasks_max = verdict.checked.tasks_max;
    connector.version = verdict.checked.plugin_version;
    spdlog::info("connector {}: new settings", printable(connector.name));
    if (!connector.slots.empty()) {
      for (size_t i = 0; i < connector.slots.size(); ++i) {
        // A member that does not come back must leave, or its partitions would wait for the session timeout.
        const bool comes_back = static_cast<int>(i) < connector.tasks_max;
        end(connector, static_cast<int>(i), std::move(connector.slots[i].task),
            comes_back ? StopMode::keep_membership : StopMode::leave_group);
      }
      make_slots(connector, true);
    }
  }
  return {Kind::done, "", connector.info(), std::nullopt};
}

CommandResult Fleet::remove(const std::string& name) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return not_found(name);
  if (!found->second.file.empty()) return managed(found->second);
  stop_tasks(found->second);
  connectors_.erase(found);
  target_states_.forget(name);
  spdlog::info("connector {}: deleted", printable(name));
  return {};
}

CommandResult Fleet::set_target(const std::string& name, TargetState target) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return unknown(name);
  Connector& connector = found->second;
  if (connector.target == target) return {};
  const ConnectorStatus before = connector.status();
  connector.target = target;
  target_states_.keep(name, target);
  connector.before_stop.reset();
  spdlog::info("connector {}: {}", printable(name), participle(target));

  if (target == TargetState::stopped) {
    connector.before_stop = before;
    stop_tasks(connector);
    return {};
  }
  for (const TaskSlot& slot : connector.slots)
    if (slot.task) slot.task->set_paused(target == TargetState::paused);
  if (target == TargetState::running && connector.slots.empty()) make_slots(connector, false);
  return {};
}

CommandResult Fleet::restart(const std::string& name, bool include_tasks, bool only_failed) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return unknown_to_restart(name);
  Connector& connector = found->second;

  // Connect has a connector object beside its tasks, which a plain restart makes anew; ours has tasks only.
  ConnectorStatus status = connector.status();
  if (!only_failed || (include_tasks && status.state == State::failed)) status.state = State::restarting;
  if (include_tasks && !connector.slots.empty()) {
    for (TaskStatus& task : status.tasks) {
      if (only_failed && task.state != State::failed) continue;
      task.state = State::restarting;
      task.condition.clear();
      restart_slot(connector, task.id);
    }
  }
  return {Kind::done, "", std::nullopt, std::move(status)};
}

CommandResult Fleet::restart_task(const std::string& name, int task) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return unknown_to_restart(name);
  if (task < 0 || static_cast<size_t>(task) >= found->second.slots.size())
    return refuse(Kind::not_found, fmt::format("Unknown task: {}-{}", name, task));
  restart_slot(found->second, task);
  return {};
}

bool Fleet::idle() const {
  const auto has_tasks = [](const auto& named) { return !named.second.slots.empty(); };
  return ending_.empty() && std::ranges::none_of(connectors_, has_tasks);
}

void Fleet::step() {
  std::erase_if(ending_, [](const Ending& ending) { return ending.task->stopped(); });
  for (auto& [name, connector] : connectors_) {
    const auto old_one = [&](const Ending& ending) { return ending.name == connector.name; };
    if (connector.before_stop && std::ranges::none_of(ending_, old_one)) connector.before_stop.reset();
    for (size_t i = 0; i < connector.slots.size(); ++i)
      if (!connector.slots[i].task && !must_wait(connector, static_cast<int>(i))) start(connector, static_cast<int>(i));
  }
}

Connector& Fleet::add(const std::string& name, FlatConfig config, const CheckedConfig& checked, TargetState initial) {
  Connector& connector = connectors_[name];
  connector.name = name;
  connector.config = std::move(config);
  connector.tasks_max = checked.tasks_max;
  connector.version = checked.plugin_version;
  connector.target = initial;
  // Created paused, it has no tasks until its first resume, as in Connect.
  if (initial == TargetState::running) make_slots(connector, false);
  return connector;
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
  slot.restarting = false;
  slot.last_trace.clear();
  if (connector.target == TargetState::paused) slot.task->set_paused(true);
}

// A restarted task waits for itself only, so that a hung sibling does not keep it down; new settings wait for all.
bool Fleet::must_wait(const Connector& connector, int index) const {
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
  end(connector, index, std::move(slot.task), StopMode::keep_membership);
  spdlog::info("connector {}: restarting task {}", printable(connector.name), index);
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
