// Keeps a fault that comes a thousand times a second, or whoever knocks at REST that often, from filling a disk: of warnings and errors
// that differ in their numbers and addresses only, fifty are said in ten seconds; the rest becomes one line that says how many they
// were. A line about one record is always said: nothing else tells which record it was. Any thread.
#pragma once
#include <spdlog/sinks/sink.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/log_context.h"

namespace sluice {

class LogRepeats : public spdlog::sinks::sink {
 public:
  explicit LogRepeats(std::vector<spdlog::sink_ptr> outputs) : outputs_(std::move(outputs)) {}
  ~LogRepeats() override;  // says what was held back

  void log(const spdlog::details::log_msg& message) override;
  void flush() override;  // says what was held back, once its ten seconds are over
  size_t kinds();         // that are remembered
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  using Time = spdlog::log_clock::time_point;
  struct Kind {
    Time since;
    int said = 0;
    uint64_t held_back = 0;
    std::string logger, last;  // of those held back
    spdlog::level::level_enum level = spdlog::level::off;
    LogFields about;
  };

  void pass(const spdlog::details::log_msg& message);
  void tell(const Kind& kind, Time now);
  void forget_ended(Time now);

  const std::vector<spdlog::sink_ptr> outputs_;
  std::mutex mutex_;
  std::map<std::string, Kind> kinds_;
};

}  // namespace sluice
