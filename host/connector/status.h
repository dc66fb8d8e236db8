// What the connector side tells others: states in Connect's words, and the answers to commands. Plain values; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "config/flat_config.h"

namespace sluice {

// Connect's words; a task is never STOPPED.
enum class State { running, paused, stopped, failed, restarting, unassigned };
const char* to_text(State state);  // "RUNNING" ...

struct TaskStatus {
  int id = 0;
  State state = State::unassigned;
  std::string trace;      // never empty when failed; the old one may linger while restarting
  std::string condition;  // what a running task waits for
  bool hangs = false;     // its sink has not answered for too long
  int process = 0;        // the worker process that it runs in; 0: the host
  uint64_t process_bytes = 0;   // its resident memory
  uint64_t process_deaths = 0;  // worker processes of the connector that have died
  std::string process_sandbox;  // how it is shut in
};

struct ConnectorStatus {
  std::string name;
  State state = State::unassigned;
  std::string trace;      // of the first failed task, when all have failed
  std::string condition;  // of the first waiting task
  std::vector<TaskStatus> tasks;
  std::string version;    // the plugin's
};

struct ConnectorInfo {
  std::string name;
  FlatConfig config;      // as sent, plus `name`
  std::vector<int> tasks;
};

enum class TargetState { running, paused, stopped };

// A merge patch of a configuration: no value removes the key.
using ConfigPatch = std::map<std::string, std::optional<std::string>>;

struct CommandResult {
  enum class Kind {
    done,
    created,
    not_found,
    exists,
    invalid,
    managed_by_file,
    not_yet,   // once its tasks have ended
    not_kept,  // the file of the connector could not be written or removed; nothing has changed
  } kind = Kind::done;
  std::string message;    // for all but done and created; REST's message as it stands
  std::optional<ConnectorInfo> info;      // create, put_config, patch_config
  std::optional<ConnectorStatus> status;  // restart: as it looks at that moment
};

}  // namespace sluice
