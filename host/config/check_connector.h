// A connector's whole configuration judged without a broker or a warehouse: what `sluice validate`, REST's checks and the
// start of a task have in common. Any thread.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "abi/sluice_plugin.h"
#include "config/connector_settings.h"
#include "config/flat_config.h"
#include "config/option_values.h"
#include "config/problem.h"
#include "config/references.h"

namespace sluice {

// The catalog as seen from here, so that config knows nothing of dlopen.
struct FoundPlugin {
  const sluice_plugin* plugin = nullptr;  // null: no plugin has the class, or several have
  std::vector<std::string> also_meant;    // the names of those several
};
using FindPlugin = std::function<FoundPlugin(const std::string& connector_class)>;

struct CheckedConnector {
  // The overrides of the clients are resolved here and in librdkafka's words; auto.offset.reset (earliest, latest, none) is the host's.
  ConnectorSettings settings;
  const sluice_plugin* plugin = nullptr;  // null: not found
  std::unique_ptr<OptionValues> options;  // null without plugin; usable only without errors. Pasted settings are translated
};

// Problems are appended with their keys, errors before warnings; locate() gives them file and line. The plugin's own
// validate() is called offline once all its options are sound. `available`: the names of plugins, for when none is found. `rules` are
// for the plugin.
CheckedConnector check_connector(const FlatConfig& config, const FindPlugin& find, const std::vector<std::string>& available,
                                 const References& references, UnknownKeys unknown, const PluginRules& rules, Problems& problems);

// "Failed to find any class ...", Connect's text, which clients match on.
std::string class_not_found(const std::string& connector_class, const std::vector<std::string>& available);

}  // namespace sluice
