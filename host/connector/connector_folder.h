// connectors.dir: the files that people keep, those that REST makes, and what has changed there since it was last read.
// Supervisor thread only.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "config/connector_file.h"

namespace sluice {

class ConnectorFolder {
 public:
  explicit ConnectorFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}  // empty: there are no files

  struct Reading {
    std::vector<ConnectorFile> files;
    Problems problems;  // with their files, which are not among `files`
  };
  // Reads all now. Nothing where the folder cannot be read: that says nothing about the connectors in it. `in_use`: see
  // load_connector_files.
  std::optional<Reading> read(const std::set<std::filesystem::path>& in_use);
  // The same where something has changed since (or `again`), and nothing has since the last call of this: somebody may still be
  // writing.
  std::optional<Reading> read_when_still(const std::set<std::filesystem::path>& in_use, bool again);

  // Why these settings could not be read again from a file as they are; nothing where they can.
  static std::optional<std::string> why_not_a_file(const FlatConfig& config);
  // Writes a connector made over REST to `existing`, or where that is empty to a new file named after it. The file, or why it
  // could not be written.
  std::variant<std::filesystem::path, std::string> save(const std::string& connector, const FlatConfig& config,
                                                        const std::filesystem::path& existing);
  // Nothing, or why the file could not be removed.
  std::optional<std::string> remove(const std::filesystem::path& file);

 private:
  // What changes of a file when its content may have. A person's edit shows in one of these, on a network file system too.
  struct Print {
    ino_t inode;
    off_t size;
    int64_t modified_ns, changed_ns;
    bool operator==(const Print&) const = default;
  };
  using Prints = std::map<std::filesystem::path, Print>;

  std::optional<Prints> look();
  void written_by_us(const std::filesystem::path& file);
  std::filesystem::path unused_file(const std::string& connector) const;

  const std::filesystem::path folder_;
  Prints read_, seen_;      // when it was last read; at the last look
  bool unreadable_ = false;  // and that has been said
};

}  // namespace sluice
