#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <vector>

#include "base/log_lines.h"
#include "base/log_repeats.h"
#include "base/utf8.h"

namespace sluice {
namespace {

constexpr size_t kLineBytesMax = 16384;  // of what somebody else may have written; nothing of ours comes near it

// The length of the character at the beginning, where it is one that a terminal obeys or that turns round what stands beside it: C1, the ends of
// lines and paragraphs, marks of direction. 0 where it is not. ASCII's own are not among them.
size_t hidden_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;  // U+0080 to U+009F
  if (byte(0) == 0xD8 && byte(1) == 0x9C) return 2;                     // U+061C
  if (byte(0) != 0xE2) return 0;
  if (byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE))) return 3;  // U+200E, U+200F, U+2028 to U+202E
  return byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9 ? 3 : 0;                                           // U+2066 to U+2069
}

unsigned code_of(std::string_view character) {
  const auto bits = [&](size_t i) { return static_cast<unsigned char>(character[i]) & 0x3Fu; };
  return character.size() == 2 ? (static_cast<unsigned char>(character[0]) & 0x1Fu) << 6 | bits(1)
                               : (static_cast<unsigned char>(character[0]) & 0x0Fu) << 12 | bits(1) << 6 | bits(2);
}

// As JSON writes them, so that whoever reads it gets them back.
std::string with_hidden_escaped(std::string json) {
  std::string out;
  for (size_t i = 0; i < json.size();) {
    const size_t length = hidden_length(std::string_view(json).substr(i));
    if (length > 0) out += fmt::format("\\u{:04x}", code_of(std::string_view(json).substr(i, length)));
    else if (json[i] == 0x7F) out += "\\u007f";
    else out += json[i];
    i += std::max<size_t>(length, 1);
  }
  return out;
}

// %* in a pattern: what the line is about, then the message.
class Text : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string line = LogContext::current().prefix() + printable({message.payload.data(), message.payload.size()}, kLineBytesMax);
    out.append(line.data(), line.data() + line.size());
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
    json.text("message", std::string_view(message.payload.data(), std::min(message.payload.size(), kLineBytesMax))).end_object();
    const std::string text = with_hidden_escaped(json.result());
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
  std::string repaired, out;
  if (!valid_utf8(text)) text = repaired = repaired_utf8(text);
  out.reserve(std::min(text.size(), max));
  for (size_t i = 0; i < text.size();) {
    if (out.size() >= max) {
      out += "...";
      break;
    }
    const char c = text[i];
    const size_t length = hidden_length(text.substr(i));
    if (length > 0) out += fmt::format("\\u{:04x}", code_of(text.substr(i, length)));
    else if (c == '\n') out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else out += c;
    i += std::max<size_t>(length, 1);
  }
  return out;
}

}  // namespace sluice
