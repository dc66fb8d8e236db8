// A plugin's settings, typed by its option table (sluice_option of the ABI): parsed, defaulted, range-checked.
// Owns all text that its sluice_config points to; immutable after construction, so any thread may read it.
#pragma once
#include <deque>
#include <span>
#include <string>
#include <vector>
#include "abi/sluice_plugin.h"
#include "config/flat_config.h"
#include "config/plugin_rules.h"
#include "config/problem.h"
#include "config/references.h"

namespace sluice {

enum class UnknownKeys { are_errors, are_warnings };  // files kept by hand, configurations from REST

class OptionValues {
 public:
  // Resolves references (`${env:X}` ...) on the way. Never puts a value into a complaint where the option is secret. `rules` are handed
  // on to the plugin; without any it refuses what it may refuse.
  OptionValues(const FlatConfig& plugin_settings, std::span<const sluice_option> options, UnknownKeys unknown,
               const References& references, Problems& problems, const PluginRules& rules = {});
  OptionValues(const OptionValues&) = delete;
  OptionValues& operator=(const OptionValues&) = delete;

  std::span<const sluice_value> values() const { return values_; }
  // As a plugin is given them. Borrows from `connector` and from this.
  sluice_config as_config(const std::string& connector, uint32_t task_index, uint32_t task_count) const;

 private:
  class Maker;

  std::deque<std::string> text_;  // addresses stay
  std::deque<std::vector<sluice_str>> items_;
  std::vector<sluice_value> values_;
  std::vector<const char*> insecure_, hosts_;  // each ends with a null; hosts_ is empty where any is allowed
};

}  // namespace sluice
