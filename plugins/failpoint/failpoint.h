// SLUICE_FAILPOINT("write.after_cas") marks a place where a test can make the process die, freeze or dawdle, and SLUICE_FAILPOINT_OR
// one where the step can be made to fail as well. Both are nothing at all, not even a name, unless SLUICE_FAILPOINTS is defined, which
// the presets for tests do. README.md in this folder says how a test sets them; points.h has all names. Any thread.
#pragma once

#ifdef SLUICE_FAILPOINTS
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "failpoint/points.h"

namespace sluice::failpoint {

enum class Action { abort, stop, error, sleep };

struct Order {
  size_t point = 0;
  uint64_t pass = 1;  // the first time that the point is passed is 1
  Action action = Action::abort;
  unsigned sleep_ms = 0;
};

// What SLUICE_FAILPOINT asks for: "name:nth:action", several separated by commas; the actions are abort, stop, error, sleep:MS.
struct Orders {
  std::vector<Order> list;
  std::string unknown;    // a name that is no point
  std::string complaint;  // what else is wrong, as a sentence; empty: nothing
};

Orders read_orders(std::string_view text);

// Of this binary: the host and each sink count for themselves. Does what was asked for; true: the step has to fail.
[[nodiscard]] bool pass(size_t point);

// A name that is not in points.h, or that cannot fail, does not compile.
consteval size_t number_of(std::string_view name, bool fails) {
  for (size_t i = 0; i < std::size(kPoints); ++i)
    if (kPoints[i].name == name) return kPoints[i].can_fail || !fails ? i : throw "points.h says that this point cannot fail";
  throw "points.h has no such point";
}

}  // namespace sluice::failpoint

#define SLUICE_FAILPOINT(name) ((void)::sluice::failpoint::pass(::sluice::failpoint::number_of(name, false)))
// And what to do where the step is to fail: a statement.
#define SLUICE_FAILPOINT_OR(name, ...)                                                        \
  do {                                                                                        \
    if (::sluice::failpoint::pass(::sluice::failpoint::number_of(name, true))) __VA_ARGS__;   \
  } while (false)
#else
#define SLUICE_FAILPOINT(name) ((void)0)
#define SLUICE_FAILPOINT_OR(name, ...) ((void)0)
#endif
