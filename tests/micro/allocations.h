// How often this program has asked for memory. It has a malloc of its own that counts and passes on to glibc's, so that what
// libraries ask for counts as well.
#pragma once
#include <cstdint>

namespace sluice::micro {

struct Allocations {
  uint64_t count = 0, bytes = 0;
};
Allocations allocations();  // since the program began

}  // namespace sluice::micro
