// What a connector is beside its settings, kept over the end of the process: paused or stopped, and the topics that it has seen.
// One small file each, and none for what goes without saying. Supervisor thread only.
//
// Failing to keep something is logged and not an error: pausing has to work with a full disk, too.
#pragma once
#include <filesystem>
#include <set>
#include <string>

#include "connector/status.h"

namespace sluice {

// Any character may stand in a connector's name; this is how such a name becomes part of a file's. Never hidden, never too long.
std::string file_stem_of(const std::string& connector);

// What the sink of one task has in hand (task/crash_notes.h): kept by the task, forgotten with the connector.
std::filesystem::path note_file(const std::filesystem::path& folder, const std::string& connector, int task);

class StateFolder {
 public:
  explicit StateFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}  // empty: nothing is kept

  TargetState target(const std::string& connector) const;
  void keep_target(const std::string& connector, TargetState state) const;
  std::set<std::string> topics(const std::string& connector) const;
  void keep_topics(const std::string& connector, const std::set<std::string>& topics) const;
  void forget(const std::string& connector) const;

 private:
  std::filesystem::path file_of(const std::string& connector, const char* what) const {
    return folder_ / (file_stem_of(connector) + what);
  }
  void keep(const std::string& connector, const char* what, const std::string& text) const;

  const std::filesystem::path folder_;
};

}  // namespace sluice
