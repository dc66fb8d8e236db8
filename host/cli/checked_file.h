// A connector's file as commands look at it: with everything that `sluice validate` would say of it.
#pragma once
#include <filesystem>
#include <memory>

#include "config/check_connector.h"
#include "config/connector_file.h"
#include "config/host_config.h"
#include "plugin/catalog.h"

namespace sluice {

// Problems are given file and line.
CheckedConnector check_file(const ConnectorFile& file, const Catalog& catalog, const HostConfig& host, Problems& problems);

// What a command about one connector stands on.
struct OpenedConnector {
  HostConfig host;
  std::unique_ptr<Catalog> catalog;
  CheckedConnector checked;  // with plugin and sound options
};

// Every problem is added to `problems`. Null: one of them is an error. Sets logging up, so that nothing but the command writes to
// standard output.
std::unique_ptr<OpenedConnector> open_connector(const std::filesystem::path& host_file, const std::filesystem::path& connector_file,
                                                Problems& problems);

}  // namespace sluice
