// Which part of a refused batch to try next. Pure; owned by the work thread.
//
// A batch of n records starts as one range. A refused range of several records becomes its two halves, so one bad record
// among n is found in about 2 log2(n) deliveries, and everything before it is written.
#pragma once
#include <cstdint>
#include <vector>

namespace sluice {

class Bisection {
 public:
  struct Range {
    uint32_t first = 0;
    uint32_t count = 0;
  };

  // `part`: not even the first range is larger; 0: it is all of them.
  explicit Bisection(uint32_t records, uint32_t part = 0);

  bool done() const { return pending_.empty(); }
  Range current() const { return pending_.back(); }
  void passed() { pending_.pop_back(); }  // the current range is written, or its one record rejected
  // Splits the current range. False: it is a single record, the bad one.
  bool refused();

 private:
  std::vector<Range> pending_;  // last in the vector is first in the batch
};

}  // namespace sluice
