#include "task/bisection.h"

namespace sluice {

bool Bisection::refused() {
  const Range range = pending_.back();
  if (range.count <= 1) return false;
  const uint32_t half = range.count / 2;
  pending_.back() = {range.first + half, range.count - half};
  pending_.push_back({range.first, half});
  return true;
}

}  // namespace sluice
