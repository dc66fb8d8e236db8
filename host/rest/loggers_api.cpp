#include "rest/loggers_api.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/loggers.h"
#include "rest/bodies.h"
#include "rest/views.h"

namespace sluice {
namespace {

using Level = spdlog::level::level_enum;
constexpr std::array<std::pair<const char*, Level>, 7> kLevels{{{"OFF", Level::off},
                                                                {"FATAL", Level::critical},
                                                                {"ERROR", Level::err},
                                                                {"WARN", Level::warn},
                                                                {"INFO", Level::info},
                                                                {"DEBUG", Level::debug},
                                                                {"TRACE", Level::trace}}};
constexpr size_t kLongestName = 200;

const char* to_text(Level level) {
  for (const auto& [word, known] : kLevels)
    if (known == level) return word;
  return "OFF";
}

std::optional<Level> to_level(std::string_view text) {
  for (const auto& [word, level] : kLevels)
    if (equal_ignoring_case(text, word)) return level;
  return std::nullopt;
}

void write_state(JsonWriter& json, const LoggerState& state) {
  json.begin_object().text("level", to_text(state.level)).key("last_modified");
  if (state.last_modified_ms) json.number(*state.last_modified_ms);
  else json.null();
  json.end_object();
}

RestResponse list(const Call&) {
  return json_response(200, [](JsonWriter& json) {
    json.begin_object();
    for (const LoggerState& state : loggers()) {
      json.key(state.name);
      write_state(json, state);
    }
    json.end_object();
  });
}

RestResponse get(const Call& call) {
  const std::optional<LoggerState> state = find_logger(call.name);
  if (!state) return error_response(404, fmt::format("Logger {} not found.", call.name));
  return json_response(200, [&](JsonWriter& json) { write_state(json, *state); });
}

std::variant<Level, RestResponse> parse_level(const std::string& body) {
  const auto parsed = parse_object(body, "the level of a logger");
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  const JsonValue* level = std::get<JsonValue>(parsed).find("level");
  if (!level || level->kind == JsonValue::Kind::null || (level->kind == JsonValue::Kind::text && level->text.empty()))
    return error_response(400, "Desired 'level' parameter was not specified in request.");
  if (level->kind == JsonValue::Kind::object || level->kind == JsonValue::Kind::array)
    return error_response(400, "\"level\" has to be a text");
  if (const std::optional<Level> known = to_level(level->text)) return *known;
  return error_response(404, fmt::format("invalid log level '{}'.", level->text));
}

RestResponse put(const Call& call) {
  const auto level = parse_level(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&level)) return *refusal;
  if (call.name.size() > kLongestName)
    return error_response(400, fmt::format("the name of a logger has at most {} bytes", kLongestName));
  const auto changed = set_log_level(call.name, std::get<Level>(level));
  if (!changed) return error_response(400, "there are too many loggers; set one that exists");
  rest_log().info("logger {} is set to {}", printable(call.name, kLongestName), to_text(std::get<Level>(level)));
  // There is one worker, so both scopes do the same; only the answers differ.
  const std::string* scope = call.target.find("scope");
  if (scope && equal_ignoring_case(*scope, "cluster")) return {204, "", {}};
  return json_response(200, [&](JsonWriter& json) {
    json.begin_array();
    for (const std::string& name : *changed) json.text(name);
    json.end_array();
  });
}

}  // namespace

std::vector<Resource> logger_resources() {
  return {
      {"/admin/loggers", {{"GET", Pace::at_once, list}}},
      {"/admin/loggers/{n}", {{"GET", Pace::at_once, get}, {"PUT", Pace::at_once, put, true}}},
  };
}

}  // namespace sluice
