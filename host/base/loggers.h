// The process's loggers by name. Each folder has one, so that REST can change the level of one alone while it runs: "root" is
// above all, "sluice.task" above what begins with "sluice.task.". They write where root writes (log.h). Any thread.
#pragma once
#include <spdlog/logger.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

spdlog::logger& connector_log();
spdlog::logger& kafka_log();
spdlog::logger& plugin_log();  // what plugins say
spdlog::logger& rest_log();
spdlog::logger& task_log();

spdlog::logger& logger_for(const std::string& name);  // one of those that are there; root where there is none of the name

struct LoggerState {
  std::string name;
  spdlog::level::level_enum level = spdlog::level::info;
  std::optional<int64_t> last_modified_ms;  // Unix epoch; nothing: as it was at start
};

std::vector<LoggerState> loggers();  // sorted by name
std::optional<LoggerState> find_logger(const std::string& name);

// Sets the logger and all below it; one that is not known is made, as in Connect, as long as there are not too many: then
// nothing. Returns the names of those that had another level.
std::optional<std::vector<std::string>> set_log_level(const std::string& name, spdlog::level::level_enum level);

}  // namespace sluice
