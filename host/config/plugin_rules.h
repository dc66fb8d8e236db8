// What the host file says to plugins about servers that they connect to by themselves: sluice_config's `insecure` and `hosts`.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct PluginRules {
  std::vector<std::string> insecure;              // the refusals that are lifted
  std::optional<std::vector<std::string>> hosts;  // plugin.hosts; nothing: any server
};

}  // namespace sluice
