// The commands that ask a host that runs. They print to `out` and answer the process's exit code; what goes wrong is a
// std::runtime_error with one sentence.
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/rest_client.h"

namespace sluice {

// All connectors, once or again each second until Ctrl+C. 1 where a task has failed.
int status_command(const Remote& remote, bool watch, bool json, std::ostream& out);

struct WantedLogs {
  size_t lines = 100;  // the newest; 1 to 1000
  std::string level = "trace";
  std::string connector;  // empty: all
};
// The newest lines of the host's log, then, with `follow`, what comes until Ctrl+C. JSON: one object a line.
int logs_command(const Remote& remote, const WantedLogs& wanted, bool follow, bool json, std::ostream& out);

// `what`: pause, resume, stop, restart, delete.
int change_connector_command(const Remote& remote, const std::string& what, const std::string& connector, bool json, std::ostream& out);
// From a file as they stand in the folder of connectors, or JSON. What is wrong with it goes to `err`.
int create_connector_command(const Remote& remote, const std::string& file, bool json, std::ostream& out, std::ostream& err);
// Shows them. `to`: earliest, latest, or a time (ISO 8601 with zone, or milliseconds): where all partitions are to begin; the
// connector has to be stopped. Empty: changes nothing.
int offsets_command(const Remote& remote, const std::string& connector, const std::string& to, bool json, std::ostream& out);

// For somebody who is typing: gives up soon.
std::vector<std::string> connector_names(const Remote& remote);

}  // namespace sluice
