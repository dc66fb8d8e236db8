#include "worker/log_relay.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <variant>

#include "base/json.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/log_context.h"
#include "base/loggers.h"

namespace sluice {
namespace {

constexpr size_t kLongestLine = 64 * 1024;

}  // namespace

void LogRelay::take(int pipe) {
  char buffer[8192];
  for (ssize_t got = 0; (got = read(pipe, buffer, sizeof buffer)) > 0;) bytes_.append(buffer, static_cast<size_t>(got));
  size_t from = 0;
  for (size_t end = 0; (end = bytes_.find('\n', from)) != bytes_.npos; from = end + 1) line(bytes_.substr(from, end - from));
  bytes_.erase(0, from);
  if (bytes_.size() > kLongestLine) end();
}

void LogRelay::end() { line(std::exchange(bytes_, "")); }

// What is no line of its log was written past it: by a library, by a sanitizer, or as its last words.
void LogRelay::line(const std::string& text) const {
  if (text.empty()) return;
  const auto json = text.front() == '{' ? parse_json(text) : std::variant<JsonValue, JsonError>(JsonError{});
  const JsonValue* fields = std::get_if<JsonValue>(&json);
  if (!fields || !fields->find("message")) {
    const LogContext about(connector_);
    connector_log().warn("worker: {}", printable(text));
    return;
  }
  LogFields about;
  about.connector = text_of(*fields, "connector");
  if (about.connector.empty()) about.connector = connector_;
  if (fields->find("task")) about.task = static_cast<int>(integer_of(*fields, "task"));
  about.topic = text_of(*fields, "topic");
  if (!about.topic.empty()) about.partition = static_cast<int32_t>(integer_of(*fields, "partition"));
  if (fields->find("offset")) about.offset = integer_of(*fields, "offset");
  const LogContext context(std::move(about));
  logger_for(text_of(*fields, "logger")).log(spdlog::level::from_str(text_of(*fields, "level")), "{}", text_of(*fields, "message"));
}

}  // namespace sluice
