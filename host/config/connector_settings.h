// The settings of a connector that the host itself understands (Connect's common keys and sluice's own), typed.
// What is left over is the plugin's and is typed by the plugin's option table: option_values.h.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include "base/transforms.h"
#include "config/flat_config.h"
#include "config/problem.h"

namespace sluice {

enum class OnLoss { fail, skip };            // on.lost.range
enum class Isolation { thread, process };    // isolation

// What comes of bad records: errors.*
struct ErrorSettings {
  bool tolerate = false;             // errors.tolerance: all
  double max_share = 0.2;
  bool log = false;
  bool log_coordinates = false;      // errors.log.include.messages
  std::string dead_letter_topic;     // "": none
  int dead_letter_replication = 3;
  bool context_headers = false;
};

struct ConnectorSettings {
  std::string name;
  std::string connector_class;
  int tasks_max = 1;
  std::vector<std::string> topics;             // exactly one of topics and topics_regex is set
  std::string topics_regex;                    // a POSIX extended regular expression that a topic matches as a whole
  std::map<std::string, std::string> consumer_overrides;  // consumer.override.*, without the prefix, as written
  std::map<std::string, std::string> producer_overrides;  // producer.override.*, the same
  std::map<std::string, std::string> admin_overrides;     // admin.override.*, the same
  ErrorSettings errors;
  Transforms transforms;                       // those that the host runs
  FlatConfig left_transforms;                  // `transforms` and all settings of those that it does not run; empty: there are none
  uint32_t batch_max_records = 0;              // 0: the plugin's wish, else the host's default
  uint64_t batch_max_bytes = 0;
  std::chrono::milliseconds linger{-1};        // -1: the plugin's wish, else the host's default
  std::chrono::milliseconds put_timeout{60000};
  std::chrono::milliseconds revoke_grace{5000};
  uint64_t memory_max = 0;                     // 0: the host's default
  int restart_max = -1;                        // restarts in a row before a task stays failed; -1: no limit
  std::chrono::milliseconds restart_backoff{1000};       // before the first of them, doubling
  std::chrono::milliseconds restart_backoff_max{60000};  // up to this
  OnLoss on_lost_range = OnLoss::fail;
  Isolation isolation = Isolation::thread;     // a plugin may want process whatever this says
  FlatConfig plugin_settings;                  // keys that are not the host's, references unresolved; check_connector adds
                                               // those of the host that the plugin lists among its options
};

// Complaints are in Connect's words where it has some, and name the key; the caller adds file and line. Whether the class
// exists, the values of the client overrides and the plugin's settings are judged by check_connector.
ConnectorSettings parse_connector_settings(const FlatConfig& config, Problems& problems);

// Whether the connector reads the topic.
bool consumes(const ConnectorSettings& settings, const std::string& topic);

// Whether the host reads the key itself: one of host_setting_names(), or below a prefix that is its own (consumer.override. and so on).
bool is_host_setting(const std::string& key);

// The nearest of `known` by edit distance, or "" where nothing is near: for "did you mean".
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace sluice
