// What should run and what does run: the one place where connectors start and stop.
//
// One thread owns all connectors (fleet.h) and works off one queue of commands, so a start and a stop never overlap.
// Callers (REST, main) post a command and wait for its answer, or read a published status; neither ever waits for a task
// to end. A command's effect is published before its answer.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "config/connector_file.h"
#include "connector/backend.h"
#include "connector/status.h"

namespace sluice {

class Supervisor {
 public:
  // `connectors_dir` is only named in messages: where a connector made over REST could be kept. `state_dir`: where paused and
  // stopped are kept; empty: nowhere.
  Supervisor(Backend& backend, std::string worker_id, std::filesystem::path connectors_dir = "configs/connectors",
             std::filesystem::path state_dir = {});
  ~Supervisor();  // stops all connectors, keeping group membership; joins

  // Declared files, at start. Problems in one connector's settings leave that one out.
  void start_from_files(const std::vector<ConnectorFile>& files);
  bool ready() const;  // start_from_files has been done

  std::vector<std::string> names() const;
  std::optional<ConnectorInfo> info(const std::string& name) const;
  std::optional<ConnectorStatus> status(const std::string& name) const;

  CommandResult create(const std::string& name, const FlatConfig& config, TargetState initial);
  CommandResult put_config(const std::string& name, const FlatConfig& config);
  CommandResult patch_config(const std::string& name, const ConfigPatch& patch);
  CommandResult remove(const std::string& name);
  CommandResult set_target(const std::string& name, TargetState target);  // pause, resume, stop
  CommandResult restart(const std::string& name, bool include_tasks, bool only_failed);
  CommandResult restart_task(const std::string& name, int task);

  const std::string& worker_id() const { return worker_id_; }

 private:
  struct Impl;
  const std::string worker_id_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
