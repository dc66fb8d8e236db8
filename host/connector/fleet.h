// All connectors and all tasks that have not ended yet: what each command does, without threads. The supervisor calls it
// on its one thread; tests call it directly and turn it by step().
//
// Commands are in fleet.cpp, what files bring in fleet_files.cpp, how tasks start and end in fleet_tasks.cpp.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>
#include "connector/backend.h"
#include "connector/config_check.h"
#include "connector/connector.h"
#include "connector/connector_folder.h"
#include "connector/state_folder.h"
#include "connector/status.h"
#include "task/clock.h"

namespace sluice {

class Fleet {
 public:
  // `connectors_dir`: the files that are the truth; `state_dir`: where paused and stopped are kept. Empty: nothing is.
  Fleet(Backend& backend, const Clock& clock, std::filesystem::path connectors_dir, std::filesystem::path state_dir = {});
  ~Fleet();  // stops all tasks at the same time, keeping their membership, and joins them

  // Makes the connectors what their files say: adds, changes and removes. One whose file has errors stays as it was and says why.
  void read_files();
  // The same, but only where something has changed since; or, now and then, where a complaint may have settled itself.
  void look_at_files();
  void take(const ConnectorFolder::Reading& reading);

  CommandResult create(const std::string& name, FlatConfig config, TargetState initial);
  CommandResult put_config(const std::string& name, FlatConfig config);
  CommandResult patch_config(const std::string& name, const ConfigPatch& patch);
  CommandResult remove(const std::string& name);
  CommandResult set_target(const std::string& name, TargetState target);
  CommandResult restart(const std::string& name, bool include_tasks, bool only_failed);
  CommandResult restart_task(const std::string& name, int task);
  // Holds a stopped connector so that no task of it starts before the release: its offsets are being changed. `not_yet` while
  // its last tasks leave the group.
  CommandResult hold(const std::string& name);
  void release(const std::string& name);
  CommandResult reset_topics(const std::string& name);  // an unknown connector has none

  // Lets go of tasks that have ended, starts those that waited for it, and those that failed and may be mended. Cheap; never
  // waits.
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

  void take_file(const ConnectorFile& file);
  std::set<std::filesystem::path> files_in_use() const;
  bool any_complaint() const;
  static void complain(Connector& connector, const std::string& complaint);
  void drop(const std::string& name);

  ConfigVerdict judge(const FlatConfig& config, ConfigOrigin origin) const;
  Connector& add(const std::string& name, FlatConfig config, const CheckedConfig& checked, TargetState initial);
  CommandResult replace_config(Connector& connector, FlatConfig config);
  void put_in_force(Connector& connector, FlatConfig config, const CheckedConfig& checked);

  void make_slots(Connector& connector, bool restarting);
  void start(Connector& connector, int index);
  bool must_wait(const Connector& connector, int index) const;
  void stop_tasks(Connector& connector);
  void restart_slot(Connector& connector, int index);
  void restart_if_failed(Connector& connector, int index);
  void note_topics(Connector& connector);
  void end(const Connector& connector, int index, std::unique_ptr<RunningTask> task, StopMode mode);
  void leave_group(const std::string& name);

  Backend& backend_;
  const Clock& clock_;
  ConnectorFolder folder_;
  const StateFolder states_;
  std::map<std::string, Connector> connectors_;
  std::vector<Ending> ending_;
  std::multiset<std::string> held_;  // names
  uint64_t last_generation_ = 0;
  Clock::Time look_again_at_{};                        // at files that have not changed
  std::map<std::filesystem::path, std::string> told_;  // complaints about files without a connector
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace sluice
