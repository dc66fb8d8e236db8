// `${env:NAME}`, `${file:PATH:KEY}`, `${dir:PATH:FILE}` in a setting: resolved only on the way into a plugin or a client,
// never stored, shown or logged. Immutable; any thread.
#pragma once
#include <filesystem>
#include <regex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice {

class References {
 public:
  // env: names that match `env_allow` wholly. file, dir: only below one of `secret_paths`.
  References(const std::string& env_allow, std::vector<std::filesystem::path> secret_paths);
  // For the host file, whose author owns the process: `env` with any name and nothing else.
  static References of_host_file();

  struct Failure {
    std::string message;  // names provider and key, never a value
  };
  using Resolved = std::variant<std::string, Failure>;
  // The text with every reference replaced, or the first failure. `${name}` without a colon is no reference and stays.
  // What a reference gives is not searched for references again.
  Resolved resolve(std::string_view text) const;

 private:
  Resolved one(std::string_view provider, std::string_view rest) const;
  Resolved env(std::string_view name) const;
  Resolved secret_file(const std::filesystem::path& path, const std::string& reference) const;

  std::string env_allow_text_;
  std::regex env_allow_;
  std::vector<std::filesystem::path> secret_paths_;
  bool host_file_ = false;
};

// Whether resolve() would look anything up.
bool holds_reference(std::string_view text);

}  // namespace sluice
