// Logging: spdlog with our two formats. Set up once in main, used from any thread through the folder's logger (loggers.h), else
// through spdlog's own functions (spdlog::info and so on). One line an event; log_context.h says which connector and task it is about,
// log_repeats.h what happens where the same comes over and over.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/log_context.h"

namespace sluice {

enum class LogFormat { text, json };

// level: trace, debug, info, warn, error or off (already checked by the configuration).
void set_up_logging(const std::string& level, LogFormat format);

// connector, task, topic, partition and offset, as far as they are known; into an object that is open.
void write_log_fields(JsonWriter& json, const LogFields& about);

// Escapes control characters, and those that turn text round, so that no record, name or server message can forge a log line, and cuts at `max` bytes.
std::string printable(std::string_view text, size_t max = 2000);

}  // namespace sluice
