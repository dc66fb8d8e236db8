#include "connector/fleet.h"
#include <algorithm>
#include <utility>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/log_context.h"
#include "base/loggers.h"
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

bool kept_by_people(const Connector& connector) { return !connector.file.empty() && !connector.made_over_rest; }
CommandResult managed(const Connector& connector) {
  return refuse(Kind::managed_by_file, fmt::format("Connector {} is declared in {}; change or remove that file instead",
                                                   connector.name, connector.file.string()));
}

}  // namespace

Fleet::Fleet(Backend& backend, const Clock& clock, std::filesystem::path connectors_dir, std::filesystem::path state_dir)
    : backend_(backend), clock_(clock), folder_(std::move(connectors_dir)), states_(std::move(state_dir)) {}

Fleet::~Fleet() {
  for (auto& [name, connector] : connectors_)
    for (TaskSlot& slot : connector.slots)
      if (slot.task) slot.task->request_stop(StopMode::keep_membership);
}

CommandResult Fleet::create(const std::string& name, FlatConfig config, TargetState initial) {
  if (auto refusal = put_name(name, config)) return *refusal;
  const ConfigVerdict verdict = judge(config, ConfigOrigin::rest);
  if (!verdict.errors.empty()) return refuse_config(verdict.errors);
  if (const auto other = connectors_.find(name); other != connectors_.end())
    return refuse(Kind::exists, kept_by_people(other->second)
                                    ? fmt::format("Connector {} already exists: it is declared in {}", name, other->second.file.string())
                                    : fmt::format("Connector {} already exists", name));

  // Its state first: after a crash in between there is a state without a connector, which is nothing, and not a connector that
  // runs although it was to be created stopped.
  states_.keep_target(name, initial);
  auto saved = folder_.save(name, config, {});
  if (const std::string* why = std::get_if<std::string>(&saved)) {
    states_.forget(name);
    return refuse(Kind::not_kept, fmt::format("Connector {} was not created: {}", name, *why));
  }
  Connector& connector = add(name, std::move(config), verdict.checked, initial);
  connector.file = std::get<std::filesystem::path>(std::move(saved));
  connector.made_over_rest = true;
  const LogContext about(name);
  connector_log().info("created over REST");
  // As in Connect the answer lists no tasks yet: they are only being started.
  return {Kind::created, "", ConnectorInfo{name, connector.config, {}}, std::nullopt};
}

CommandResult Fleet::put_config(const std::string& name, FlatConfig config) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return create(name, std::move(config), TargetState::running);
  if (kept_by_people(found->second)) return managed(found->second);
  if (auto refusal = put_name(name, config)) return *refusal;
  return replace_config(found->second, std::move(config));
}

CommandResult Fleet::patch_config(const std::string& name, const ConfigPatch& patch) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return not_found(name);
  if (kept_by_people(found->second)) return managed(found->second);
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
  const ConfigVerdict verdict = judge(config, ConfigOrigin::rest);
  if (!verdict.errors.empty()) return refuse_config(verdict.errors);
  // Tools send the whole configuration again and again to be sure; that must not cost a rebalance.
  if (config != connector.config || !connector.complaint.empty()) {
    auto saved = folder_.save(connector.name, config, connector.file);
    if (const std::string* why = std::get_if<std::string>(&saved))
      return refuse(Kind::not_kept, fmt::format("Connector {} was not changed: {}", connector.name, *why));
    connector.file = std::get<std::filesystem::path>(std::move(saved));
    put_in_force(connector, std::move(config), verdict.checked);
  }
  return {Kind::done, "", connector.info(), std::nullopt};
}

CommandResult Fleet::remove(const std::string& name) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return not_found(name);
  if (kept_by_people(found->second)) return managed(found->second);
  if (const auto why = folder_.remove(found->second.file))
    return refuse(Kind::not_kept, fmt::format("Connector {} was not deleted: {}", name, *why));
  drop(name);
  const LogContext about(name);
  connector_log().info("deleted");
  return {};
}

CommandResult Fleet::set_target(const std::string& name, TargetState target) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return unknown(name);
  Connector& connector = found->second;
  if (connector.target == target) return {};
  const ConnectorStatus before = connector.status();
  connector.target = target;
  states_.keep_target(name, target);
  connector.before_stop.reset();
  const LogContext about(name);
  connector_log().info("{}", target == TargetState::running ? "resumed" : target == TargetState::paused ? "paused" : "stopped");

  if (target == TargetState::stopped) {
    connector.before_stop = before;
    stop_tasks(connector);
    return {};
  }
  for (const TaskSlot& slot : connector.slots)
    if (slot.task) slot.task->set_paused(target == TargetState::paused);
  if (target == TargetState::running && connector.sound && connector.slots.empty()) make_slots(connector, false);
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

CommandResult Fleet::hold(const std::string& name) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return not_found(name);
  if (found->second.target != TargetState::stopped)
    return refuse(Kind::invalid, fmt::format("Connectors must be in the STOPPED state before their offsets can be modified. This can be done for "
                                             "the specified connector by issuing a 'PUT' request to the '/connectors/{}/stop' endpoint", name));
  if (std::ranges::any_of(ending_, [&](const Ending& ending) { return ending.name == name; }))
    return refuse(Kind::not_yet, fmt::format("the tasks of the connector {} have not ended yet; try again", name));
  held_.insert(name);
  return {Kind::done, "", found->second.info(), std::nullopt};
}

void Fleet::release(const std::string& name) {
  if (const auto one = held_.find(name); one != held_.end()) held_.erase(one);
}

CommandResult Fleet::reset_topics(const std::string& name) {
  const auto found = connectors_.find(name);
  if (found == connectors_.end()) return {};
  note_topics(found->second);  // those read until now are gone too
  found->second.topics.clear();
  states_.keep_topics(name, {});
  return {};
}

bool Fleet::idle() const {
  const auto has_tasks = [](const auto& named) { return !named.second.slots.empty(); };
  return ending_.empty() && std::ranges::none_of(connectors_, has_tasks);
}

// What the backend says, that REST's can be kept, and that no two connectors share a group: they would take each other's partitions.
ConfigVerdict Fleet::judge(const FlatConfig& config, ConfigOrigin origin) const {
  ConfigVerdict verdict = check_config(backend_, config, origin);
  if (!verdict.errors.empty()) return verdict;
  if (const auto why = origin == ConfigOrigin::rest ? ConnectorFolder::why_not_a_file(config) : std::nullopt)
    verdict.errors.push_back({"", fmt::format("The configuration cannot be kept in a file: {}", *why), "", 0, false});
  const std::string group = consumer_group(config);
  for (const auto& [name, other] : connectors_)
    if (name != config.at("name") && consumer_group(other.config) == group)
      verdict.errors.push_back({"consumer.override.group.id", fmt::format("Consumer group {} conflicts with that of the connector {}; give "
                                                                          "each connector its own", group, name), "", 0, false});
  return verdict;
}

Connector& Fleet::add(const std::string& name, FlatConfig config, const CheckedConfig& checked, TargetState initial) {
  Connector& connector = connectors_[name];
  connector.name = name;
  connector.config = std::move(config);
  connector.tasks_max = checked.tasks_max;
  connector.plugin = checked.plugin;
  connector.version = checked.plugin_version;
  connector.restart = checked.restart;
  connector.target = initial;
  connector.topics = states_.topics(name);
  // Created paused, it has no tasks until its first resume, as in Connect.
  if (initial == TargetState::running) make_slots(connector, false);
  return connector;
}

void Fleet::put_in_force(Connector& connector, FlatConfig config, const CheckedConfig& checked) {
  connector.config = std::move(config);
  connector.tasks_max = checked.tasks_max;
  connector.plugin = checked.plugin;
  connector.version = checked.plugin_version;
  connector.restart = checked.restart;
  connector.complaint.clear();
  const bool starts_now = !std::exchange(connector.sound, true) && connector.target == TargetState::running;
  const LogContext about(connector.name);
  connector_log().info("new settings");
  for (size_t i = 0; i < connector.slots.size(); ++i) {
    // A member that does not come back must leave, or its partitions would wait for the session timeout.
    const bool comes_back = static_cast<int>(i) < connector.tasks_max;
    end(connector, static_cast<int>(i), std::move(connector.slots[i].task),
        comes_back ? StopMode::keep_membership : StopMode::leave_group);
  }
  if (starts_now || !connector.slots.empty()) make_slots(connector, !starts_now);
}

// Its group and the group's offsets stay in Kafka: made anew under this name it goes on there.
void Fleet::drop(const std::string& name) {
  stop_tasks(connectors_.at(name));
  connectors_.erase(name);
  states_.forget(name);
}

}  // namespace sluice
