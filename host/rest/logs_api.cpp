#include "rest/logs_api.h"
#include <limits>
#include <optional>
#include "base/log.h"
#include "base/log_lines.h"
#include "rest/views.h"

namespace sluice {
namespace {

constexpr uint64_t kMost = 1000, kDefaultMost = 100;

RestResponse logs(const Call& call) {
  // What plugins and databases say can have parts of records in it.
  if (call.request.caller.role != Role::admin) return error_response(403, "the log is shown to admins only");
  const auto most = call.target.number("limit", kDefaultMost, 1, kMost);
  if (!most) return error_response(400, "\"limit\" is a number from 1 to 1000");
  const auto after = call.target.number("after", 0, 0, std::numeric_limits<int64_t>::max());
  if (!after) return error_response(400, "\"after\" is the number of a line, as \"last\" has it");
  LogLines::Wanted wanted{*after, *most, spdlog::level::trace, ""};
  if (const std::string* level = call.target.find("level")) {
    wanted.level = spdlog::level::from_str(*level);
    if (wanted.level == spdlog::level::off) return error_response(400, "\"level\" is trace, debug, info, warn or error");
  }
  if (const std::string* connector = call.target.find("connector")) wanted.connector = *connector;

  uint64_t last = 0;
  const std::vector<LogLine> lines = log_lines()->find(wanted, last);
  return json_response(200, [&](JsonWriter& json) {
    json.begin_object().key("last").number(static_cast<int64_t>(last)).key("lines").begin_array();
    for (const LogLine& line : lines) {
      json.begin_object().key("number").number(static_cast<int64_t>(line.number)).key("time_ms").number(line.time_ms);
      json.text("level", spdlog::level::to_string_view(line.level).data()).text("logger", line.logger);
      write_log_fields(json, line.about);
      json.text("message", line.message).end_object();
    }
    json.end_array().end_object();
  });
}

}  // namespace

std::vector<Resource> log_resources() { return {{"/sluice/v1/logs", {{"GET", Pace::at_once, logs}}}}; }

}  // namespace sluice
