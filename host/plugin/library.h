// One plugin file: opened, shaken hands with, never closed (RTLD_NODELETE: unloading C++ and Go libraries is not safe).
#pragma once
#include <string>
#include "abi/sluice_plugin.h"
#include "plugin/plugin_file.h"

namespace sluice {

struct LoadedFile {
  const sluice_plugin* plugin = nullptr;  // null: refused
  std::string refused;                    // one sentence: why, and what to do
};

// Main thread, at start. Runs the library's constructors, so call it in a child process first: probe_file().
LoadedFile load_file(PluginFile& file);

// The same in a child process with a deadline of 10 s, so that a library that crashes, hangs or ends the process is a
// sentence and not the end of the host; one that writes files, opens sockets or starts processes is ended before it has. Empty: it loads.
std::string probe_file(PluginFile& file);

}  // namespace sluice
