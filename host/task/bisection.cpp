#include "task/bisection.h"

namespace sluice {

Bisection::Bisection(uint32_t records, uint32_t part) {
  if (part == 0) part = records;
  for (uint32_t left = records; left > 0;) {
    const uint32_t count = left % part ? left % part : part;  // from the back
    pending_.push_back({left - count, count});
    left -= count;
  }
}

bool Bisection::refused() {
  const Range range = pending_.back();
  if (range.count <= 1) return false;
  const uint32_t half = range.count / 2;
  pending_.back() = {range.first + half, range.count - half};
  pending_.push_back({range.first, half});
  return true;
}

}  // namespace sluice
