// The commands that look and do not run anything. Each is a function of its arguments that prints to `out` and answers the
// process's exit code; main.cpp knows the command line.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace sluice {

// Checks the host file, the plugins and every connector file without a broker or a warehouse. One line a problem, as
// `file:line: what, and what to write instead`; 1 if any is an error.
int validate_command(const std::filesystem::path& host_file, bool json, std::ostream& out);

// Each file of plugin.path: loaded, or refused and why. 1 only where the host file cannot be used.
int plugins_command(const std::filesystem::path& host_file, bool json, std::ostream& out, std::ostream& err);

// A connector by the files that describe it.
struct ConnectorFiles {
  std::filesystem::path host_file;
  std::filesystem::path connector_file;
};

// A dry run of `records` of Kafka's records, or of those in `event_file`: the plugin says what it would write. Nothing is
// committed. 1 where a problem was found.
int plan_command(const ConnectorFiles& files, size_t records, const std::filesystem::path& event_file, bool json, std::ostream& out);

// The dead letters of a connector. `place` and `places`: TOPIC-PARTITION@OFFSET of the record that was refused. Complaints go to
// `err`. 1 where something could not be done; for replay also where a letter is still bad or was refused.
int dlq_list_command(const ConnectorFiles& files, bool json, std::ostream& out, std::ostream& err);
int dlq_show_command(const ConnectorFiles& files, const std::string& place, bool json, std::ostream& out, std::ostream& err);
int dlq_replay_command(const ConnectorFiles& files, const std::vector<std::string>& places, bool dry, bool json, std::ostream& out,
                       std::ostream& err);

}  // namespace sluice
