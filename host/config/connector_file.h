// One connector a YAML file. Reading gives the flat map and, for complaints, the line of each key.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>
#include "config/flat_config.h"
#include "config/problem.h"

namespace sluice {

struct ConnectorFile {
  std::filesystem::path file;
  FlatConfig settings;               // as written: `${...}` unresolved, no defaults; `name` is in it
  std::map<std::string, int> lines;  // key -> 1-based line
};

// Every *.yaml and *.yml of the folder, sorted by name; a file that cannot be read or parsed is a problem and is left out. So
// is one with the name or the consumer group of another: two connectors in one group would take each other's partitions.
std::vector<ConnectorFile> load_connector_files(const std::filesystem::path& folder, Problems& problems);
ConnectorFile load_connector_file(const std::filesystem::path& file, Problems& problems);

// The consumer group that the connector's tasks join.
std::string consumer_group(const FlatConfig& settings);

// Gives each problem from the `from`th on, which names only its key, the file and the key's line.
void locate(Problems& problems, size_t from, const ConnectorFile& file);

}  // namespace sluice
