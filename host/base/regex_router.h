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

  std::string route(const std::string& topic) const;

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

// What the transforms make of a topic's name, each in its turn.
std::string routed(const std::vector<RegexRouter>& routers, std::string topic);

}  // namespace sluice
