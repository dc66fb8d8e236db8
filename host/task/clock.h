// Monotonic time, behind an interface so that tests turn it by hand.
#pragma once
#include <chrono>

namespace sluice {

class Clock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SteadyClock : public Clock {
 public:
  Time now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace sluice
