// How REST describes a setting: Connect's ConfigKeyInfo. The host's own settings are listed here once; a plugin's come from
// its option table, those of transforms, predicates and converters from builtin_classes.h. Immutable; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sluice_plugin;

namespace sluice {

struct SettingDefinition {
  std::string name;
  const char* type = "STRING";           // BOOLEAN STRING INT SHORT LONG DOUBLE LIST CLASS PASSWORD: clients know no others
  bool required = false;                 // has no default and has to be written
  std::optional<std::string> initial;    // the default
  const char* importance = "MEDIUM";     // HIGH MEDIUM LOW
  std::string documentation;
  std::string group;                     // empty: none; then order is -1
  const char* width = "NONE";            // NONE SHORT MEDIUM LONG
  std::string display_name;
  int order = -1;                        // within the group
  std::vector<std::string> choices;      // all values that are accepted; none: no such list
};

bool is_secret(const SettingDefinition& definition);
std::vector<std::string> names_of(const std::vector<SettingDefinition>& definitions);

// Connect's settings of a sink connector, in Connect's order, and sluice's own (D26).
const std::vector<SettingDefinition>& common_settings();
const std::vector<SettingDefinition>& own_settings();

// The names of both, for "did you mean" and for listing.
const std::vector<std::string>& host_setting_names();

// A plugin's options, in its order. The host's settings that it lists are left out: they are described by the host.
std::vector<SettingDefinition> settings_of(const sluice_plugin& plugin);

}  // namespace sluice
