// The plugins of plugin.path: each file loaded or refused, and why. The only folder that calls dlopen.
// Built once at start; immutable afterwards, so any thread may read it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>
#include "abi/sluice_plugin.h"
#include "config/check_connector.h"
#include "config/host_config.h"
#include "plugin/plugin_file.h"

namespace sluice {

struct ScannedFile {
  std::filesystem::path file;
  const sluice_plugin* plugin = nullptr;  // null: refused
  std::string refused;                    // one sentence: why, and what to do
  std::vector<std::string> warnings;      // about who else may write it; one sentence each
};

class Catalog {
 public:
  // Scans each folder for *.so, each unknown file first in a child process, so that a library whose constructor crashes or
  // hangs cannot take the host with it.
  explicit Catalog(const std::vector<std::filesystem::path>& plugin_path, WorldWritable writable = WorldWritable::refused);
  // One file, which the process that has judged and scanned it names.
  static Catalog of_scanned(const std::filesystem::path& file);

  const std::vector<ScannedFile>& files() const { return files_; }
  // By plugin name, alias or Connect's ways of writing a class (connect-rest section 4.3).
  FoundPlugin find(const std::string& connector_class) const;
  std::vector<std::string> names() const;  // of loaded plugins, sorted

 private:
  Catalog() = default;
  static void load(ScannedFile& scanned, const std::vector<std::filesystem::path>& plugin_path, WorldWritable writable);

  std::vector<ScannedFile> files_;
};

// By the host file: its plugin.path, and what it says under `insecure`.
Catalog make_catalog(const HostConfig& host);

}  // namespace sluice
