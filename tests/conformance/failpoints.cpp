#include "conformance/failpoints.h"

#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "failpoint/failpoint.h"

namespace sluice {
namespace {

std::mutex mutex;
std::map<size_t, std::function<bool()>> armed;  // guarded by mutex

}  // namespace

void conformance::at_failpoint(std::string_view name, std::function<bool()> then) {
  for (size_t point = 0; point < std::size(failpoint::kPoints); ++point) {
    if (failpoint::kPoints[point].name != name) continue;
    std::lock_guard lock(mutex);
    if (then) armed[point] = std::move(then);
    else armed.erase(point);
    return;
  }
  throw std::invalid_argument("there is no failpoint " + std::string(name));
}

// Found by the linker before the library's own.
bool failpoint::pass(size_t point) {
  std::function<bool()> then;
  {
    std::lock_guard lock(mutex);
    const auto at = armed.find(point);
    if (at == armed.end()) return false;
    then = std::move(at->second);
    armed.erase(at);
  }
  return then();  // may take long, while others pass
}

}  // namespace sluice
