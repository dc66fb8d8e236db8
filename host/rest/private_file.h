// Files with passwords, tokens and keys: read only where nobody else can read or change them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>
#include "config/problem.h"

namespace sluice {

enum class Secrecy {
  none,      // a certificate: everybody may know it
  of_group,  // keys, passwords, tokens: mode 0600 or less; a file of root may be readable by its group, which is how a service gets to read it
};

// Nothing, and a problem that says what to do, where it cannot be read or others could. `setting` names it in the problem.
std::optional<std::string> read_private_file(const std::filesystem::path& file, const std::string& setting, Secrecy secrecy,
                                             Problems& problems);

// Tells whether files have changed since they were looked at, by their times, sizes and identities.
class FileWatch {
 public:
  explicit FileWatch(std::vector<std::filesystem::path> files);
  bool changed();  // since the last call, or since construction

 private:
  struct Stamp {
    int64_t seconds = 0, nanoseconds = 0, size = -1;
    uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };
  std::vector<Stamp> look() const;

  const std::vector<std::filesystem::path> files_;
  std::vector<Stamp> seen_;
};

}  // namespace sluice
