// How every function of a plugin's tables is called: its answer in the host's words, and no exception out of it. Any thread.
#pragma once
#include <fmt/format.h>

#include <exception>

#include "abi/sluice_plugin.h"
#include "base/crash_handler.h"
#include "base/log.h"
#include "base/outcome.h"
#include "config/option_values.h"
#include "plugin/plugin_sink.h"

namespace sluice {

// `error` is the plugin's: it is cut and made fit for logs.
Outcome to_outcome(const char* plugin, const char* call, sluice_result result, sluice_error& error);

// Borrows from both.
sluice_config config_of(const TaskIdentity& task, const OptionValues& options);

// Runs one call of the table. No exception may cross a C border; where one does all the same, the task ends, not the host.
template <class Call>
Outcome guarded(const char* plugin, const char* name, Call call) {
  const CrashScope scope(plugin, name);
  sluice_error error{};
  try {
    const sluice_result result = call(&error);
    return to_outcome(plugin, name, result, error);
  } catch (const std::exception& e) {
    return Outcome::fatal(fmt::format("{}: {} let a C++ exception out, which the ABI forbids: {}", plugin, name, printable(e.what())));
  } catch (...) {
    return Outcome::fatal(fmt::format("{}: {} let an exception out, which the ABI forbids", plugin, name));
  }
}

}  // namespace sluice
