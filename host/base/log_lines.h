// The newest lines of the log, for people who look at a running host from elsewhere: 5,000 lines or 2 MB. Any thread.
#pragma once
#include <spdlog/sinks/base_sink.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log_context.h"

namespace sluice {

struct LogLine {
  uint64_t number = 0;  // from 1 on
  int64_t time_ms = 0;  // Unix epoch
  spdlog::level::level_enum level = spdlog::level::info;
  std::string logger, message;
  LogFields about;
};

class LogLines : public spdlog::sinks::base_sink<std::mutex> {
 public:
  struct Wanted {
    uint64_t after = 0;        // a line's number
    size_t most = 5000;        // the newest of them
    spdlog::level::level_enum level = spdlog::level::trace;  // and above
    std::string connector;     // empty: all
  };
  // In order; `last`: number of the newest line, wanted or not.
  std::vector<LogLine> find(const Wanted& wanted, uint64_t& last);

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  std::deque<LogLine> lines_;
  size_t bytes_ = 0;
  uint64_t last_ = 0;
};

std::shared_ptr<LogLines> log_lines();  // the process's

}  // namespace sluice
