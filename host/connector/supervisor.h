// What should run and what does run: the one place where connectors start and stop.
//
// One thread owns all connectors (fleet.h) and works off one queue of commands, so a start and a stop never overlap.
// Callers (REST, main) post a command and wait for its answer, or read a published status; neither ever waits for a task
// to end. A command's effect is published before its answer.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "connector/backend.h"
#include "connector/figures.h"
#include "connector/status.h"

namespace sluice {

class Supervisor {
 public:
  // `connectors_dir`: the files that are the truth, which are looked at twice a second; `state_dir`: where paused and stopped are
  // kept. Empty: nothing is.
  Supervisor(Backend& backend, std::string worker_id, std::filesystem::path connectors_dir = {}, std::filesystem::path state_dir = {});
  ~Supervisor();  // stops all connectors, keeping group membership; joins

  // Makes the connectors what their files say, now: at the start, and when somebody does not want to wait for the next look.
  void read_files();
  bool ready() const;  // that has been done once

  std::vector<std::string> names() const;
  std::optional<ConnectorInfo> info(const std::string& name) const;
  std::optional<ConnectorStatus> status(const std::string& name) const;
  std::vector<ConnectorFigures> figures() const;                // of all, by name, as they are now: waits for the supervisor
  std::set<std::string> topics(const std::string& name) const;  // seen since the last reset; none of an unknown connector

  CommandResult create(const std::string& name, const FlatConfig& config, TargetState initial);
  CommandResult put_config(const std::string& name, const FlatConfig& config);
  CommandResult patch_config(const std::string& name, const ConfigPatch& patch);
  CommandResult remove(const std::string& name);
  CommandResult set_target(const std::string& name, TargetState target);  // pause, resume, stop
  CommandResult restart(const std::string& name, bool include_tasks, bool only_failed);
  CommandResult restart_task(const std::string& name, int task);
  CommandResult reset_topics(const std::string& name);
  // While it is held no task of a stopped connector starts. Waits a while for the last ones to end.
  CommandResult hold(const std::string& name);
  void release(const std::string& name);

  const std::string& worker_id() const { return worker_id_; }

 private:
  struct Impl;
  const std::string worker_id_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
