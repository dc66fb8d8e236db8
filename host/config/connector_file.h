// One connector a YAML file. Reading gives the flat map and, for complaints, the line of each key.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>
#include "config/flat_config.h"
#include "config/problem.h"

namespace sluice {

struct ConnectorFile {
  std::filesystem::path file;
  FlatConfig settings;               // as written: `${...}` unresolved, no defaults; `name` is in it
  std::map<std::string, int> lines;  // key -> 1-based line
  bool made_over_rest = false;       // its first line says so: REST may change it, and an unknown setting is only warned of
};

// Whether a file of this name is read at all: *.yaml and *.yml that are not hidden, as those of editors and version control are.
bool is_connector_file(const std::filesystem::path& file);

// Every such file of the folder, sorted by name; one that cannot be read or parsed is a problem and is left out. So is one with
// the name or the consumer group of another: two connectors in one group would take each other's partitions. Of two the one
// that is `in_use` stays.
std::vector<ConnectorFile> load_connector_files(const std::filesystem::path& folder, Problems& problems,
                                                const std::set<std::filesystem::path>& in_use = {});
ConnectorFile load_connector_file(const std::filesystem::path& file, Problems& problems);

// The text of a file that REST makes. What load_connector_file reads from it are the same settings.
std::string to_connector_file(const FlatConfig& settings);

// The consumer group that the connector's tasks join.
std::string consumer_group(const FlatConfig& settings);

// Gives each problem from the `from`th on, which names only its key, the file and the key's line.
void locate(Problems& problems, size_t from, const ConnectorFile& file);

}  // namespace sluice
