// Time that a test turns by hand.
#pragma once
#include "task/clock.h"

namespace sluice {

class ManualClock : public Clock {
 public:
  Time now() const override { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  Time now_{std::chrono::hours(1)};
};

}  // namespace sluice
