// task/sink.h on one side, a plugin's C table on the other. Everything that a plugin answers is checked here: an unknown
// result, an offset that it was never given, an exception that got out.
#pragma once
#include <memory>
#include <string>

#include "abi/sluice_plugin.h"
#include "config/option_values.h"
#include "task/sink.h"

namespace sluice {

struct TaskIdentity {
  std::string connector;
  uint32_t index = 0;
  uint32_t count = 1;
};

SinkTraits traits_of(const sluice_plugin& plugin);

// Calls create(), on the calling thread. `options` are read during the call only; `rejects` outlives the sink.
MadeSink make_plugin_sink(const sluice_plugin& plugin, const TaskIdentity& task, const OptionValues& options, Rejects& rejects);

}  // namespace sluice
