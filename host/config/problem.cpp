#include "config/problem.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace sluice {

std::string describe(const Problem& problem) {
  // Escaped: keys and values come from outside and end on a terminal.
  constexpr size_t kLongest = 4000;
  const std::string message = printable(problem.message, kLongest);
  if (problem.file.empty()) return message;
  const std::string file = printable(problem.file, kLongest);
  const char* mark = problem.warning ? "warning: " : "";
  return problem.line > 0 ? fmt::format("{}:{}: {}{}", file, problem.line, mark, message)
                          : fmt::format("{}: {}{}", file, mark, message);
}

bool any_error(const Problems& problems) {
  return std::ranges::any_of(problems, [](const Problem& problem) { return !problem.warning; });
}

std::string first_error(const Problems& problems) {
  const auto error = std::ranges::find_if(problems, [](const Problem& problem) { return !problem.warning; });
  return error == problems.end() ? "" : describe(*error);
}

}  // namespace sluice
