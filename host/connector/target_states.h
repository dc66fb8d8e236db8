// What people asked connectors to be, paused or stopped, kept in a folder over the end of the process: one file a connector that
// is not simply running. Supervisor thread only.
#pragma once
#include <filesystem>
#include <string>

#include "connector/status.h"

namespace sluice {

// Any character may stand in a connector's name; this is how such a name becomes one file's.
std::string file_stem_of(const std::string& connector);

class TargetStates {
 public:
  explicit TargetStates(std::filesystem::path folder) : folder_(std::move(folder)) {}  // empty: nothing is kept
  TargetState load(const std::string& connector) const;
  // Failing to keep it is logged and not an error: pausing has to work with a full disk, too.
  void keep(const std::string& connector, TargetState state) const;
  void forget(const std::string& connector) const { keep(connector, TargetState::running); }

 private:
  std::filesystem::path file_of(const std::string& connector) const { return folder_ / (file_stem_of(connector) + ".state"); }

  const std::filesystem::path folder_;
};

}  // namespace sluice
