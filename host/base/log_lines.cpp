#include "base/log_lines.h"

#include <algorithm>
#include <chrono>

namespace sluice {
namespace {

constexpr size_t kMostLines = 5000, kMostBytes = 2 << 20;

size_t size_of(const LogLine& line) { return line.message.size() + line.about.connector.size() + line.about.topic.size() + sizeof line; }

}  // namespace

void LogLines::sink_it_(const spdlog::details::log_msg& message) {
  LogLine line;
  line.number = ++last_;
  line.time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch()).count();
  line.level = message.level;
  line.logger.assign(message.logger_name.data(), message.logger_name.size());
  line.message.assign(message.payload.data(), message.payload.size());
  line.about = LogContext::current();
  bytes_ += size_of(line);
  lines_.push_back(std::move(line));
  while (lines_.size() > kMostLines || (bytes_ > kMostBytes && lines_.size() > 1)) {
    bytes_ -= size_of(lines_.front());
    lines_.pop_front();
  }
}

std::vector<LogLine> LogLines::find(const Wanted& wanted, uint64_t& last) {
  const std::lock_guard lock(mutex_);
  last = last_;
  std::vector<LogLine> found;
  for (auto line = lines_.rbegin(); line != lines_.rend() && line->number > wanted.after && found.size() < wanted.most; ++line)
    if (line->level >= wanted.level && (wanted.connector.empty() || line->about.connector == wanted.connector)) found.push_back(*line);
  std::ranges::reverse(found);
  return found;
}

std::shared_ptr<LogLines> log_lines() {
  static const auto* const kLines = new std::shared_ptr(std::make_shared<LogLines>());  // never destroyed: threads may log to the end
  return *kLines;
}

}  // namespace sluice
