// A request's target, "/connectors/a%2Fb/config?x=1", taken apart.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

struct RequestTarget {
  std::vector<std::string> segments;                        // decoded, path parameters (";x=1") cut off; "/" has none
  std::vector<std::pair<std::string, std::string>> query;   // decoded, in order; what is malformed is left out

  // Of a repeated parameter the first counts. Null: not there.
  const std::string* find(std::string_view name) const;
  // What is not "true", in any case, is false; `unset` where the parameter is not there at all.
  bool flag(std::string_view name, bool unset = false) const;
  // A whole number from `low` to `high`, or nothing; `unset` where the parameter is not there at all.
  std::optional<uint64_t> number(std::string_view name, uint64_t unset, uint64_t low, uint64_t high) const;
};

// Nothing where the path has a bad escape, a NUL, bytes that are not UTF-8, or does not begin with a slash.
std::optional<RequestTarget> parse_target(std::string_view target);

// `text` as one path segment: all but RFC 3986's unreserved characters escaped.
std::string percent_encode(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sluice
