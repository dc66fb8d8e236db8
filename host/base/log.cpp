#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <vector>

#include "base/log_lines.h"
#include "base/log_repeats.h"

namespace sluice {
namespace {

// %* in a pattern: what the line is about, then the message.
class Text : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string prefix = LogContext::current().prefix();
    out.append(prefix.data(), prefix.data() + prefix.size());
    out.append(message.payload.data(), message.payload.data() + message.payload.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Text>(); }
};

// The same as the rest of a JSON object.
class Json : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    JsonWriter json;
    json.begin_object();
    write_log_fields(json, LogContext::current());
    json.text("message", {message.payload.data(), message.payload.size()}).end_object();
    const std::string text = json.result();
    out.append(text.data() + 1, text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Json>(); }
};

}  // namespace

void write_log_fields(JsonWriter& json, const LogFields& about) {
  if (!about.connector.empty()) json.text("connector", about.connector);
  if (about.task >= 0) json.key("task").number(about.task);
  if (!about.topic.empty()) json.text("topic", about.topic).key("partition").number(about.partition);
  if (about.offset >= 0) json.key("offset").number(about.offset);
}

void set_up_logging(const std::string& level, LogFormat format) {
  // Standard error, so that the output of commands can be piped; systemd and containers collect both.
  spdlog::sink_ptr output;
  auto formatter = std::make_unique<spdlog::pattern_formatter>(format == LogFormat::json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
  if (format == LogFormat::json) {
    output = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    formatter->add_flag<Json>('*').set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","logger":"%n",%*)");
  } else {
    output = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
    formatter->add_flag<Text>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %*");
  }
  output->set_formatter(std::move(formatter));
  const std::vector<spdlog::sink_ptr> outputs{std::move(output), log_lines()};
  auto logger = std::make_shared<spdlog::logger>("root", std::make_shared<LogRepeats>(outputs));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  spdlog::set_level(spdlog::level::from_str(level));  // of the folders' loggers, too
}

std::string printable(std::string_view text, size_t max) {
  std::string out;
  out.reserve(std::min(text.size(), max));
  for (const char c : text) {
    if (out.size() >= max) {
      out += "...";
      break;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += c == '\n' ? "\\n" : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace sluice
