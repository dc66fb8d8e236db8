// All connectors and all tasks that have not ended yet: what each command does, without threads. The supervisor calls it
// on its one thread; tests call it directly and turn it by step().
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>
#include "config/connector_file.h"
#include "connector/backend.h"
#include "connector/connector.h"
#include "connector/status.h"
#include "connector/target_states.h"

namespace sluice {

class Fleet {
 public:
  // `state_dir`: where paused and stopped are kept; empty: nowhere.
  Fleet(Backend& backend, std::filesystem::path connectors_dir, std::filesystem::path state_dir = {});
  ~Fleet();  // stops all tasks at the same time, keeping their membership, and joins them

  // Declared files, at start. Problems in one connector's settings leave that one out.
  void start_from_files(const std::vector<ConnectorFile>& files);

  CommandResult create(const std::string& name, FlatConfig config, TargetState initial);
  CommandResult put_config(const std::string& name, FlatConfig config);
  CommandResult patch_config(const std::string& name, const ConfigPatch& patch);
  CommandResult remove(const std::string& name);
  CommandResult set_target(const std::string& name, TargetState target);
  CommandResult restart(const std::string& name, bool include_tasks, bool only_failed);
  CommandResult restart_task(const std::string& name, int task);

  // Lets go of tasks that have ended and starts those that waited for it. Cheap; never waits.
  void step();

  const std::map<std::string, Connector>& connectors() const { return connectors_; }
  bool idle() const;  // no task to look at
  bool any_ending() const { return !ending_.empty(); }

 private:
  // A task that was told to end. It keeps its name's next task waiting: two of them would fence each other.
  struct Ending {
    std::string name;
    int index;
    uint64_t generation;
    std::unique_ptr<RunningTask> task;
  };

  void start_from_file(const ConnectorFile& file);
  Connector& add(const std::string& name, FlatConfig config, const CheckedConfig& checked, TargetState initial);
  CommandResult replace_config(Connector& connector, FlatConfig config);
  void make_slots(Connector& connector, bool restarting);
  void start(Connector& connector, int index);
  bool must_wait(const Connector& connector, int index) const;
  void stop_tasks(Connector& connector);
  void restart_slot(Connector& connector, int index);
  void end(const Connector& connector, int index, std::unique_ptr<RunningTask> task, StopMode mode);
  void leave_group(const std::string& name);

  Backend& backend_;
  const std::filesystem::path connectors_dir_;
  const TargetStates target_states_;
  std::map<std::string, Connector> connectors_;
  std::vector<Ending> ending_;
  uint64_t last_generation_ = 0;
};

}  // namespace sluice
