// Logging: spdlog with our two formats. Set up once in main, used from any thread through the folder's logger (loggers.h), else
// through spdlog's own functions (spdlog::info and so on); a line names its connector and task in its text: "orders-0: ...".
#pragma once
#include <string>
#include <string_view>

namespace sluice {

enum class LogFormat { text, json };

// level: trace, debug, info, warn, error or off (already checked by the configuration).
void set_up_logging(const std::string& level, LogFormat format);

// Escapes control characters, so that no record, name or server message can forge a log line, and cuts at `max` bytes.
std::string printable(std::string_view text, size_t max = 2000);

}  // namespace sluice
