// What the supervisor and REST need from the rest of the program, so that they know neither plugins nor Kafka.
// Implemented in wiring.cpp, faked in tests. All functions: any thread.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "config/flat_config.h"
#include "config/problem.h"
#include "config/setting_definitions.h"
#include "connector/letters.h"
#include "connector/offsets.h"
#include "task/backoff.h"
#include "task/running_task.h"

namespace sluice {

struct PluginInfo {
  std::string name;     // shown as `class`
  std::string type;     // "sink"
  std::string version;
};

// How a failed task that time may mend is started again by itself: restart.max (-1: for ever), restart.backoff.ms and .max.ms.
struct RestartPolicy {
  int max = -1;
  Backoff backoff{std::chrono::milliseconds(1000), std::chrono::milliseconds(60000)};
};

struct DescribedPlugin {
  PluginInfo plugin;
  std::vector<SettingDefinition> settings;  // its own, without the host's
};

// A configuration that passed, or the reasons why not.
struct CheckedConfig {
  Problems problems;           // errors first; warnings are logged, not refused
  int tasks_max = 1;
  std::string plugin, plugin_version;  // whatever name of it the configuration has
  RestartPolicy restart;
};

enum class ConfigOrigin { file, rest };  // an unknown setting: an error in a file, a warning over REST

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::vector<PluginInfo> plugins() const = 0;
  // By any name that the plugin answers to. Nothing: unknown.
  virtual std::optional<DescribedPlugin> describe(const std::string& connector_class) const = 0;
  // Whether the plugin of this class marks the option as secret. False where there is no such plugin.
  virtual bool is_secret(const std::string& connector_class, const std::string& key) const = 0;
  virtual CheckedConfig check(const FlatConfig& config, ConfigOrigin origin) const = 0;
  // Never throws: a task that cannot start reports `failed` with its trace.
  virtual std::unique_ptr<RunningTask> start_task(const FlatConfig& config, int index, int count) = 0;
  virtual std::string kafka_cluster_id() const = 0;  // empty while unknown

  // These ask Kafka and the sink's store and may take seconds. To change offsets the connector must be stopped.
  virtual OffsetsAnswer read_offsets(const FlatConfig& config) const = 0;
  virtual OffsetsAnswer alter_offsets(const FlatConfig& config, const OffsetEdits& edits) const = 0;
  virtual OffsetsAnswer reset_offsets(const FlatConfig& config) const = 0;

  // Dead letters: at most so many; one by its own place; back into the sink, all where none is named.
  virtual LettersAnswer list_letters(const FlatConfig& config, size_t most) const = 0;
  virtual LettersAnswer show_letter(const FlatConfig& config, const std::string& letter) const = 0;
  virtual LettersAnswer replay_letters(const FlatConfig& config, const std::set<std::string>& letters, bool dry) const = 0;
};

}  // namespace sluice
