#include "rest/connectors_api.h"
#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <fmt/format.h>
#include "rest/bodies.h"
#include "rest/masking.h"
#include "rest/views.h"

namespace sluice {
namespace {

// Each function answers one row of Connect's table of endpoints.
class Api {
 public:
  Api(Supervisor& supervisor, const Backend& backend) : supervisor_(supervisor), backend_(backend) {}

  RestResponse list(const Call&) const;
  RestResponse create(const Call&);
  RestResponse get(const Call&) const;
  RestResponse remove(const Call&);
  RestResponse get_config(const Call&) const;
  RestResponse put_config(const Call&);
  RestResponse patch_config(const Call&);
  RestResponse status(const Call&) const;
  RestResponse restart(const Call&);
  RestResponse pause(const Call& call) { return set_target(call, TargetState::paused, 202); }
  RestResponse resume(const Call& call) { return set_target(call, TargetState::running, 202); }
  RestResponse stop(const Call& call) { return set_target(call, TargetState::stopped, 204); }

  RestResponse tasks(const Call&) const;
  RestResponse task_status(const Call&) const;
  RestResponse restart_task(const Call&);

  RestResponse topics(const Call&) const;
  RestResponse reset_topics(const Call&);

 private:
  RestResponse set_target(const Call&, TargetState target, int status);
  RestResponse changed(const Call&, CommandResult result) const;
  std::optional<ConnectorInfo> info_for(const Call&, const std::string& name) const;
  FlatConfig stored(const std::string& name) const;

  Supervisor& supervisor_;
  const Backend& backend_;
};

// Nothing for what Connect's integers do not take: then there is no such path.
std::optional<int> task_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

RestResponse info_response(const RestRequest& request, const CommandResult& result) {
  if (auto refusal = refusal_of(result)) return *refusal;
  const bool created = result.kind == CommandResult::Kind::created;
  RestResponse response = json_response(created ? 201 : 200, [&](JsonWriter& json) { write_info(json, *result.info); });
  if (!created) return response;
  const std::string path = "/connectors/" + percent_encode(result.info->name);
  const auto host = request.headers.find("host");
  response.headers["Location"] = host == request.headers.end() ? path : (request.encrypted ? "https://" : "http://") + host->second + path;
  return response;
}

RestResponse Api::list(const Call& call) const {
  std::vector<std::string> expand;
  for (const auto& [name, value] : call.target.query)
    if (name == "expand" && std::ranges::find(expand, value) == expand.end()) expand.push_back(value);

  return json_response(200, [&](JsonWriter& json) {
    if (expand.empty()) {
      json.begin_array();
      for (const std::string& name : supervisor_.names()) json.text(name);
      json.end_array();
      return;
    }
    json.begin_object();
    for (const std::string& name : supervisor_.names()) {
      const auto info = info_for(call, name);
      const auto status = supervisor_.status(name);
      if (!info || !status) continue;
      json.key(name).begin_object();
      for (const std::string& kind : expand) {
        if (kind == "info") write_info(json.key(kind), *info);
        if (kind == "status") write_status(json.key(kind), *status, supervisor_.worker_id());
      }
      json.end_object();
    }
    json.end_object();
  });
}

RestResponse Api::create(const Call& call) {
  auto parsed = parse_create(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  CreateRequest& request = std::get<CreateRequest>(parsed);
  if (auto refusal = keep_masked(request.config, {}, backend_)) return *refusal;
  return changed(call, supervisor_.create(request.name, request.config, request.initial));
}

RestResponse Api::get(const Call& call) const {
  const auto info = info_for(call, call.connector);
  if (!info) return connector_not_found(call.connector);
  return json_response(200, [&](JsonWriter& json) { write_info(json, *info); });
}

RestResponse Api::remove(const Call& call) {
  return refusal_of(supervisor_.remove(call.connector)).value_or(RestResponse{204, "", {}});
}

RestResponse Api::get_config(const Call& call) const {
  const auto info = info_for(call, call.connector);
  if (!info) return connector_not_found(call.connector);
  return json_response(200, [&](JsonWriter& json) { write_config(json, info->config); });
}

RestResponse Api::put_config(const Call& call) {
  auto parsed = parse_config(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  FlatConfig& config = std::get<FlatConfig>(parsed);
  if (auto refusal = keep_masked(config, stored(call.connector), backend_)) return *refusal;
  return changed(call, supervisor_.put_config(call.connector, config));
}

RestResponse Api::patch_config(const Call& call) {
  auto parsed = parse_patch(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  ConfigPatch& patch = std::get<ConfigPatch>(parsed);
  if (auto refusal = keep_masked(patch, stored(call.connector), backend_)) return *refusal;
  return changed(call, supervisor_.patch_config(call.connector, patch));
}

RestResponse Api::changed(const Call& call, CommandResult result) const {
  if (result.info && !call.request.caller.sees_secrets) result.info->config = masked(std::move(result.info->config), backend_);
  return info_response(call.request, result);
}

// As this caller may see it.
std::optional<ConnectorInfo> Api::info_for(const Call& call, const std::string& name) const {
  std::optional<ConnectorInfo> info = supervisor_.info(name);
  if (info && !call.request.caller.sees_secrets) info->config = masked(std::move(info->config), backend_);
  return info;
}

FlatConfig Api::stored(const std::string& name) const {
  const auto info = supervisor_.info(name);
  return info ? info->config : FlatConfig{};
}

RestResponse Api::status(const Call& call) const {
  const auto status = supervisor_.status(call.connector);
  if (!status) return error_response(404, fmt::format("No status found for connector {}", call.connector));
  return json_response(200, [&](JsonWriter& json) { write_status(json, *status, supervisor_.worker_id()); });
}

RestResponse Api::restart(const Call& call) {
  const bool include_tasks = call.target.flag("includeTasks"), only_failed = call.target.flag("onlyFailed");
  const CommandResult result = supervisor_.restart(call.connector, include_tasks, only_failed);
  if (auto refusal = refusal_of(result)) return *refusal;
  if (!include_tasks && !only_failed) return {204, "", {}};
  return json_response(202, [&](JsonWriter& json) { write_status(json, *result.status, supervisor_.worker_id()); });
}

RestResponse Api::set_target(const Call& call, TargetState target, int status) {
  return refusal_of(supervisor_.set_target(call.connector, target)).value_or(RestResponse{status, "", {}});
}

RestResponse Api::tasks(const Call& call) const {
  const auto info = info_for(call, call.connector);
  if (!info) return connector_not_found(call.connector);
  return json_response(200, [&](JsonWriter& json) { write_tasks(json, *info); });
}

RestResponse Api::task_status(const Call& call) const {
  const std::optional<int> number = task_number(call.task);
  if (!number) return plain_error(404);
  if (const auto status = supervisor_.status(call.connector))
    for (const TaskStatus& task : status->tasks)
      if (task.id == *number)
        return json_response(200, [&](JsonWriter& json) { write_task_status(json, task, *status, supervisor_.worker_id()); });
  return error_response(404, fmt::format("No status found for task {}-{}", call.connector, *number));
}

RestResponse Api::restart_task(const Call& call) {
  const std::optional<int> number = task_number(call.task);
  if (!number) return plain_error(404);
  return refusal_of(supervisor_.restart_task(call.connector, *number)).value_or(RestResponse{204, "", {}});
}

// Of an unknown connector too, as in Connect.
RestResponse Api::topics(const Call& call) const {
  return json_response(200, [&](JsonWriter& json) {
    json.begin_object().key(call.connector).begin_object().key("topics").begin_array();
    for (const std::string& topic : supervisor_.topics(call.connector)) json.text(topic);
    json.end_array().end_object().end_object();
  });
}

RestResponse Api::reset_topics(const Call& call) {
  return refusal_of(supervisor_.reset_topics(call.connector)).value_or(RestResponse{202, "", {}});
}

}  // namespace

std::vector<Resource> connector_resources(Supervisor& supervisor, const Backend& backend) {
  const auto api = std::make_shared<Api>(supervisor, backend);
  const auto shown = [&](auto function) { return Verb{"GET", Pace::at_once, [api, function](const Call& call) { return ((*api).*function)(call); }}; };
  const auto does = [&](std::string_view method, auto function, bool takes_body = false) {
    return Verb{method, Pace::command, [api, function](const Call& call) { return ((*api).*function)(call); }, takes_body};
  };
  return {
      {"/connectors", {shown(&Api::list), does("POST", &Api::create, true)}},
      {"/connectors/{c}", {shown(&Api::get), does("DELETE", &Api::remove)}},
      {"/connectors/{c}/config",
       {shown(&Api::get_config), does("PUT", &Api::put_config, true), does("PATCH", &Api::patch_config, true)}},
      {"/connectors/{c}/status", {shown(&Api::status)}},
      {"/connectors/{c}/restart", {does("POST", &Api::restart)}},
      {"/connectors/{c}/pause", {does("PUT", &Api::pause)}},
      {"/connectors/{c}/resume", {does("PUT", &Api::resume)}},
      {"/connectors/{c}/stop", {does("PUT", &Api::stop)}},
      {"/connectors/{c}/tasks", {shown(&Api::tasks)}},
      {"/connectors/{c}/tasks/{t}/status", {shown(&Api::task_status)}},
      {"/connectors/{c}/topics", {shown(&Api::topics)}},
      {"/connectors/{c}/topics/reset", {does("PUT", &Api::reset_topics)}},
      {"/connectors/{c}/tasks/{t}/restart", {does("POST", &Api::restart_task)}},
  };
}

}  // namespace sluice
