// The commands that look and do not run anything. Each is a function of its arguments that prints to `out` and answers the
// process's exit code; main.cpp knows the command line.
#pragma once
#include <filesystem>
#include <iosfwd>

namespace sluice {

// Checks the host file, the plugins and every connector file without a broker or a warehouse. One line a problem, as
// `file:line: what, and what to write instead`; 1 if any is an error.
int validate_command(const std::filesystem::path& host_file, std::ostream& out);

// Each file of plugin.path: loaded, or refused and why. 1 only where the host file cannot be used.
int plugins_command(const std::filesystem::path& host_file, bool json, std::ostream& out);

}  // namespace sluice
