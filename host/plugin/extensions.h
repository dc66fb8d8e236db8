// The extensions of a plugin that commands and REST call: positions, dead letters given back to it, a dry run. Any thread.
#pragma once
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/sluice_plugin.h"
#include "base/outcome.h"
#include "base/topic_partition.h"
#include "config/option_values.h"

namespace sluice {

// Null: the plugin has no such extension.
const sluice_replay_1* replay_extension(const sluice_plugin& plugin);
const sluice_plan_1* plan_extension(const sluice_plugin& plugin);
const sluice_offsets_1* offsets_extension(const sluice_plugin& plugin);

// The positions that the plugin keeps for the connector; SLUICE_NO_OFFSET: unset.
Outcome call_read_offsets(const sluice_plugin& plugin, const std::string& connector, const OptionValues& options,
                          std::map<TopicPartition, int64_t>& found);
Outcome call_alter_offsets(const sluice_plugin& plugin, const std::string& connector, const OptionValues& options,
                           std::span<const sluice_partition> partitions);

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
