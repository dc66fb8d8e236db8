// Connect's transform RegexRouter: a topic whose whole name matches gets another one. Java's syntax, as far as it means the same
// here; what does not is refused. Immutable; any thread.
#pragma once
#include <cstddef>
#include <regex>
#include <string>
#include <variant>
#include <vector>

namespace sluice {

class RegexRouter {
 public:
  struct Fault {
    std::string reason;
    bool in_replacement = false;
  };
  static std::variant<RegexRouter, Fault> make(const std::string& regex, const std::string& replacement);
  // A pattern in Java's syntax, or what is wrong with it.
  static std::variant<std::regex, std::string> compile(const std::string& regex);

  std::string route(const std::string& topic) const;  // throws RegexTooSlow

 private:
  struct Piece {            // of the replacement: a text or a group
    std::string text;
    size_t group = 0;
    bool is_group = false;
  };
  RegexRouter() = default;
  static std::string fault_of_regex(const std::string& regex);
  std::string read_replacement(const std::string& replacement);

  std::regex regex_;
  std::vector<Piece> replacement_;
};

}  // namespace sluice
