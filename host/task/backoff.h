// The delay before the n-th retry: doubling from `first` to `max`, of which the second half is left to chance, so that many tasks that lost
// the same database do not come back in step. `max` is how late a task may notice that what it waits for is back: a second at most is
// promised, with what it then has to do. With all of it left to chance, as many attempts a second would notice it half as late again. A sink
// whose attempts cost more than that is worth names its own delay. Pure.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sluice {

struct Backoff {
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds max{300};

  // retry counts from 0; random in [0, 1). At least half of `first`, so that a retry is never a busy loop.
  std::chrono::milliseconds delay(uint32_t retry, double random) const {
    const int64_t cap = std::min(max.count(), first.count() << std::min<uint32_t>(retry, 20));
    return std::chrono::milliseconds(cap / 2 + static_cast<int64_t>(static_cast<double>(cap - cap / 2) * random));
  }
};

}  // namespace sluice
