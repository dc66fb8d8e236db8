// Whether it is worth trying what nearly always succeeds and is dear where it fails: after each failure not for a while, longer each
// time, for where one batch fails the next ones often do.
#pragma once
#include <algorithm>
#include <cstdint>

namespace sluice::debezium {

class Bet {
 public:
  // Asked once a batch.
  bool is_on() {
    if (left_out_ == 0) return true;
    --left_out_;
    return false;
  }
  void won() { pause_ = 0; }
  void lost() {
    constexpr uint32_t kPauseMax = 1023;
    pause_ = std::min(2 * pause_ + 1, kPauseMax);
    left_out_ = pause_;
  }

 private:
  uint32_t left_out_ = 0, pause_ = 0;  // batches
};

}  // namespace sluice::debezium
