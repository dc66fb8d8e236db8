#include "base/log_repeats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr auto kWindow = 10s;
constexpr int kSaid = 50;
constexpr size_t kMostKinds = 256;

// A run of such characters that has a digit or a colon is a number or an address, of IPv6 too.
bool may_be_number(char c) { return std::isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.'; }
bool makes_number(char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == ':'; }

std::string kind_of(const spdlog::details::log_msg& message) {
  std::string kind = fmt::format("{}{}{}", static_cast<int>(message.level), fmt::string_view(message.logger_name.data(), message.logger_name.size()),
                                 LogContext::current().prefix());
  for (std::string_view rest(message.payload.data(), message.payload.size()); !rest.empty();) {
    const auto end = std::ranges::find_if_not(rest, may_be_number);
    const std::string_view run = rest.substr(0, static_cast<size_t>(end - rest.begin()));
    if (std::ranges::any_of(run, makes_number)) kind += '#';
    else kind += run;
    rest.remove_prefix(run.size());
    if (rest.empty()) break;
    kind += rest.front();
    rest.remove_prefix(1);
  }
  return kind;
}

}  // namespace

LogRepeats::~LogRepeats() {
  for (const auto& [name, kind] : kinds_)
    if (kind.held_back > 0) tell(kind, spdlog::log_clock::now());
}

void LogRepeats::log(const spdlog::details::log_msg& message) {
  if (message.level < spdlog::level::warn || LogContext::current().offset >= 0) return pass(message);
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

size_t LogRepeats::kinds() {
  const std::lock_guard lock(mutex_);
  return kinds_.size();
}

void LogRepeats::pass(const spdlog::details::log_msg& message) {
  for (const auto& output : outputs_) output->log(message);
}

void LogRepeats::tell(const Kind& kind, Time now) {
  const LogContext about(kind.about);
  if (kind.held_back == 1) return pass({now, {}, kind.logger, kind.level, kind.last});
  const double seconds = std::max(0.0, std::chrono::duration<double>(now - kind.since).count());
  pass({now, {}, kind.logger, kind.level, fmt::format("{} (and {} more lines like this one in {:.0f} s)", kind.last, kind.held_back - 1, seconds)});
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
