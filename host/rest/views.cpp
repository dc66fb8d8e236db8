#include "rest/views.h"
#include <fmt/format.h>

namespace sluice {
namespace {

const char* reason(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

// Strings all, the additional field `condition` too: clients read this object as a map of strings.
void write_state(JsonWriter& json, State state, const std::string& worker_id, const std::string& trace,
                 const std::string& condition, const std::string& version) {
  json.text("state", to_text(state)).text("worker_id", worker_id);
  if (!trace.empty()) json.text("trace", trace);
  if (!condition.empty()) json.text("condition", condition);
  json.text("version", version);
}

void write_task_id(JsonWriter& json, const std::string& connector, int task) {
  json.begin_object().text("connector", connector).key("task").number(task).end_object();
}

}  // namespace

RestResponse error_response(int status, const std::string& message) {
  JsonWriter json;
  json.begin_object().key("error_code").number(status).text("message", message).end_object();
  return {status, json.result(), {}};
}

RestResponse plain_error(int status) { return error_response(status, fmt::format("HTTP {} {}", status, reason(status))); }

void write_config(JsonWriter& json, const FlatConfig& config) {
  json.begin_object();
  for (const auto& [key, value] : config) json.text(key, value);
  json.end_object();
}

void write_info(JsonWriter& json, const ConnectorInfo& info) {
  json.begin_object().text("name", info.name).key("config");
  write_config(json, info.config);
  json.key("tasks").begin_array();
  for (const int task : info.tasks) write_task_id(json, info.name, task);
  json.end_array().text("type", "sink").end_object();
}

void write_status(JsonWriter& json, const ConnectorStatus& status, const std::string& worker_id) {
  json.begin_object().text("name", status.name).key("connector").begin_object();
  write_state(json, status.state, worker_id, status.trace, status.condition, status.version);
  json.end_object().key("tasks").begin_array();
  for (const TaskStatus& task : status.tasks) write_task_status(json, task, status, worker_id);
  json.end_array().text("type", "sink").end_object();
}

void write_task_status(JsonWriter& json, const TaskStatus& task, const ConnectorStatus& of, const std::string& worker_id) {
  json.begin_object().key("id").number(task.id);
  write_state(json, task.state, worker_id, task.trace, task.condition, of.version);
  if (task.process > 0) json.text("worker_process", std::to_string(task.process)).text("worker_sandbox", task.process_sandbox);
  json.end_object();
}

void write_tasks(JsonWriter& json, const ConnectorInfo& info) {
  FlatConfig config = info.config;
  // Connect adds the task's Java class; a plugin has one name for both.
  config.try_emplace("task.class", info.config.contains("connector.class") ? info.config.at("connector.class") : "");
  json.begin_array();
  for (const int task : info.tasks) {
    json.begin_object().key("id");
    write_task_id(json, info.name, task);
    json.key("config");
    write_config(json, config);
    json.end_object();
  }
  json.end_array();
}

void write_plugins(JsonWriter& json, const std::vector<PluginInfo>& plugins) {
  json.begin_array();
  for (const PluginInfo& plugin : plugins)
    json.begin_object().text("class", plugin.name).text("type", plugin.type).text("version", plugin.version).end_object();
  json.end_array();
}

}  // namespace sluice
