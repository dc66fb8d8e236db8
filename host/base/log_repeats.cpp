#include "base/log_repeats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr auto kWindow = 10s;
constexpr int kSaid = 10;
constexpr size_t kMostKinds = 256;
constexpr size_t kCompared = 300;  // characters of a message

std::string kind_of(const spdlog::details::log_msg& message) {
  std::string kind = fmt::format("{}{}{}", static_cast<int>(message.level), fmt::string_view(message.logger_name.data(), message.logger_name.size()),
                                 LogContext::current().prefix());
  bool in_number = false;
  for (size_t i = 0; i < message.payload.size() && kind.size() < kCompared; ++i) {
    const char c = message.payload[i];
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (!digit || !in_number) kind += digit ? '#' : c;
    in_number = digit;
  }
  return kind;
}

}  // namespace

void LogRepeats::log(const spdlog::details::log_msg& message) {
  if (message.level < spdlog::level::warn) return pass(message);
  const std::lock_guard lock(mutex_);
  forget_ended(message.time);
  const auto [found, made] = kinds_.try_emplace(kind_of(message));
  Kind& kind = found->second;
  if (made) kind.since = message.time;
  if (kind.said < kSaid) {
    ++kind.said;
    return pass(message);
  }
  ++kind.held_back;
  kind.logger.assign(message.logger_name.data(), message.logger_name.size());
  kind.last.assign(message.payload.data(), message.payload.size());
  kind.level = message.level;
  kind.about = LogContext::current();
}

void LogRepeats::flush() {
  {
    const std::lock_guard lock(mutex_);
    forget_ended(spdlog::log_clock::now());
  }
  for (const auto& output : outputs_) output->flush();
}

void LogRepeats::pass(const spdlog::details::log_msg& message) {
  for (const auto& output : outputs_) output->log(message);
}

void LogRepeats::tell(const Kind& kind, Time now) {
  const LogContext about(kind.about);
  const std::string text = fmt::format("{} (and {} more lines like this one since {:.0f} s ago)", kind.last, kind.held_back - 1,
                                       std::chrono::duration<double>(now - kind.since).count());
  pass({now, {}, kind.logger, kind.level, text});
}

// A clock that was set back ends them, too. Where there are too many kinds the oldest gives way.
void LogRepeats::forget_ended(Time now) {
  const auto is_over = [now](const Kind& kind) { return now - kind.since >= kWindow || now < kind.since; };
  for (auto kind = kinds_.begin(); kind != kinds_.end();) {
    if (!is_over(kind->second)) {
      ++kind;
      continue;
    }
    if (kind->second.held_back > 0) tell(kind->second, now);
    kind = kinds_.erase(kind);
  }
  if (kinds_.size() < kMostKinds) return;
  const auto oldest = std::ranges::min_element(kinds_, {}, [](const auto& entry) { return entry.second.since; });
  if (oldest->second.held_back > 0) tell(oldest->second, now);
  kinds_.erase(oldest);
}

}  // namespace sluice
