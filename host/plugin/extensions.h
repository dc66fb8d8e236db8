// The extensions of a plugin that commands call: dead letters given back to it, and a dry run. Any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "abi/sluice_plugin.h"
#include "base/outcome.h"
#include "config/option_values.h"

namespace sluice {

// Null: the plugin has no such extension.
const sluice_replay_1* replay_extension(const sluice_plugin& plugin);
const sluice_plan_1* plan_extension(const sluice_plugin& plugin);

// What the plugin said of one record.
struct Replayed {
  enum class What { not_told, done, before, superseded, still_bad } what = What::not_told;
  std::string why;
};

// One entry of `told` a record. Anything but OK: nothing of the batch was written.
Outcome call_replay(const sluice_plugin& plugin, const std::string& connector, const OptionValues& options, const sluice_batch& batch,
                    std::vector<Replayed>& told);

Outcome call_plan(const sluice_plugin& plugin, const std::string& connector, const OptionValues& options, const sluice_batch* sample,
                  const std::function<void(std::string_view)>& line);

}  // namespace sluice
