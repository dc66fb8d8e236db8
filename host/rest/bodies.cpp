#include "rest/bodies.h"
#include <optional>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/log.h"
#include "base/loggers.h"
#include "connector/config_check.h"
#include "rest/target.h"
#include "rest/views.h"

namespace sluice {
namespace {

using Kind = JsonValue::Kind;

// Numbers and booleans are texts to Connect; a number keeps its digits as written (D19).
std::variant<ConfigPatch, RestResponse> to_patch(const JsonValue& object) {
  ConfigPatch patch;
  for (const auto& [key, value] : object.items) {
    if (value.kind == Kind::object || value.kind == Kind::array)
      return error_response(400, fmt::format("the value of \"{}\" has to be a text, a number or a boolean, not an {}", key,
                                             value.kind == Kind::object ? "object" : "array"));
    patch[key] = value.kind == Kind::null ? std::nullopt : std::optional(value.text);
  }
  return patch;
}

std::variant<FlatConfig, RestResponse> to_config(const JsonValue& object) {
  auto patch = to_patch(object);
  if (RestResponse* refusal = std::get_if<RestResponse>(&patch)) return std::move(*refusal);
  FlatConfig config;
  Problems nulls;
  for (auto& [key, value] : std::get<ConfigPatch>(patch))
    if (value) config[key] = std::move(*value);
    else if (key == "connector.class") return error_response(400, kNoConnectorType);
    else nulls.push_back({key, "Null value can not be supplied as the configuration value.", "", 0, false});
  if (!nulls.empty()) return error_response(400, refuse_config(nulls).message);
  return config;
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::optional<TargetState> to_target(const JsonValue& value) {
  if (value.kind == Kind::null) return TargetState::running;
  if (value.kind != Kind::text) return std::nullopt;
  if (equal_ignoring_case(value.text, "RUNNING")) return TargetState::running;
  if (equal_ignoring_case(value.text, "PAUSED")) return TargetState::paused;
  if (equal_ignoring_case(value.text, "STOPPED")) return TargetState::stopped;
  return std::nullopt;
}

// The scalar fields of a create request; a complaint, or nothing.
std::optional<std::string> read_field(const std::string& key, const JsonValue& value, CreateRequest& request) {
  if (key == "name") {
    if (value.kind == Kind::object || value.kind == Kind::array) return "\"name\" has to be a text";
    request.name = trimmed(value.text);
  } else if (key == "initial_state") {
    const std::optional<TargetState> target = to_target(value);
    if (!target) return "\"initial_state\" has to be one of RUNNING, PAUSED, STOPPED";
    request.initial = *target;
  } else if (key != "config") {
    rest_log().warn("REST: unknown field \"{}\" in a create request is ignored", printable(key, 100));
  }
  return std::nullopt;
}

}  // namespace

std::variant<JsonValue, RestResponse> parse_object(const std::string& body, const char* what) {
  if (body.find_first_not_of(" \t\r\n") == body.npos) return error_response(400, "the request has no body; JSON is expected");
  auto parsed = parse_json(body);
  if (const JsonError* error = std::get_if<JsonError>(&parsed)) return error_response(400, error->message);
  JsonValue& value = std::get<JsonValue>(parsed);
  if (value.kind != Kind::object) return error_response(400, fmt::format("{} has to be a JSON object", what));
  return std::move(value);
}

std::variant<CreateRequest, RestResponse> parse_create(const std::string& body) {
  auto parsed = parse_object(body, "a create request");
  if (RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return std::move(*refusal);
  const JsonValue& object = std::get<JsonValue>(parsed);

  CreateRequest request;
  for (const auto& [key, value] : object.items)
    if (auto complaint = read_field(key, value, request)) return error_response(400, *complaint);
  const JsonValue* config = object.find("config");
  if (!config || config->kind != Kind::object)
    return error_response(400, "a create request needs \"config\", a JSON object of settings");
  auto settings = to_config(*config);
  if (RestResponse* refusal = std::get_if<RestResponse>(&settings)) return std::move(*refusal);
  request.config = std::move(std::get<FlatConfig>(settings));
  return request;
}

std::variant<FlatConfig, RestResponse> parse_config(const std::string& body) {
  auto parsed = parse_object(body, "a configuration");
  if (RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return std::move(*refusal);
  return to_config(std::get<JsonValue>(parsed));
}

std::variant<ConfigPatch, RestResponse> parse_patch(const std::string& body) {
  auto parsed = parse_object(body, "a configuration patch");
  if (RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return std::move(*refusal);
  return to_patch(std::get<JsonValue>(parsed));
}

}  // namespace sluice
