// A warning that callers from outside can cause as often as they like: said at most every ten seconds, then with how many it
// stands for. Rest thread only.
#pragma once
#include <chrono>
#include <string>
#include <spdlog/spdlog.h>
#include "base/loggers.h"

namespace sluice {

class RareLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void warn(const std::string& text, Time now) {
    if (said_ && now - last_ < std::chrono::seconds(10)) {
      ++unsaid_;
      return;
    }
    if (unsaid_ > 0) rest_log().warn("{} ({} more of this kind since the last line)", text, unsaid_);
    else rest_log().warn("{}", text);
    said_ = true;
    last_ = now;
    unsaid_ = 0;
  }

 private:
  bool said_ = false;
  Time last_{};
  size_t unsaid_ = 0;
};

}  // namespace sluice
