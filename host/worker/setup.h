// What a worker is told before all else: of the host's settings those that a task needs, and its plugin. It crosses the socket, since
// there are resolved secrets in it: nobody may find them in arguments, the environment or a file.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/host_config.h"

namespace sluice {

struct WorkerSetup {
  HostConfig host;  // without what is REST's
  std::filesystem::path plugin_file;
  std::vector<std::filesystem::path> closed;  // what is the host's alone
  std::string connector;
  int tasks = 1;                  // of it
};

std::string to_json(const WorkerSetup& setup);
WorkerSetup read_setup(const JsonValue& json);

}  // namespace sluice
