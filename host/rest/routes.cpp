#include "rest/routes.h"
#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <vector>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include "base/json.h"
#include "base/log.h"
#include "rest/admission.h"
#include "rest/bodies.h"
#include "rest/target.h"
#include "rest/views.h"

namespace sluice {
namespace {

struct Call {
  const RestRequest& request;
  const RequestTarget& target;
  std::string connector;  // {c}, where the path has it
  std::string task;       // {t}
};

// Each function answers one row of Connect's table of endpoints.
class Api {
 public:
  Api(Supervisor& supervisor, Backend& backend) : supervisor_(supervisor), backend_(backend) {}

  RestResponse root(const Call&) const;
  RestResponse health(const Call&) const;
  RestResponse plugins(const Call&) const;

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

 private:
  RestResponse set_target(const Call&, TargetState target, int status);

  Supervisor& supervisor_;
  Backend& backend_;
};

using Handler = RestResponse (*)(Api&, const Call&);
template <auto function>
RestResponse call(Api& api, const Call& what) {
  return (api.*function)(what);
}

struct Verb {
  std::string_view method;
  Handler handler;
  bool takes_body = false;
};

struct Resource {
  std::string_view path;  // {c}: a connector, {t}: a task
  std::vector<Verb> verbs;
};

// A path that is not here is 404, a verb that is not here 405.
const std::vector<Resource>& resources() {
  static const std::vector<Resource> all = {
      {"/", {{"GET", call<&Api::root>}}},
      {"/health", {{"GET", call<&Api::health>}}},
      {"/health/ready", {{"GET", call<&Api::health>}}},
      {"/connector-plugins", {{"GET", call<&Api::plugins>}}},
      {"/connectors", {{"GET", call<&Api::list>}, {"POST", call<&Api::create>, true}}},
      {"/connectors/{c}", {{"GET", call<&Api::get>}, {"DELETE", call<&Api::remove>}}},
      {"/connectors/{c}/config",
       {{"GET", call<&Api::get_config>}, {"PUT", call<&Api::put_config>, true}, {"PATCH", call<&Api::patch_config>, true}}},
      {"/connectors/{c}/status", {{"GET", call<&Api::status>}}},
      {"/connectors/{c}/restart", {{"POST", call<&Api::restart>}}},
      {"/connectors/{c}/pause", {{"PUT", call<&Api::pause>}}},
      {"/connectors/{c}/resume", {{"PUT", call<&Api::resume>}}},
      {"/connectors/{c}/stop", {{"PUT", call<&Api::stop>}}},
      {"/connectors/{c}/tasks", {{"GET", call<&Api::tasks>}}},
      {"/connectors/{c}/tasks/{t}/status", {{"GET", call<&Api::task_status>}}},
      {"/connectors/{c}/tasks/{t}/restart", {{"POST", call<&Api::restart_task>}}},
  };
  return all;
}

// Fills the call's {c} and {t} where the path fits.
bool matches(std::string_view path, const std::vector<std::string>& segments, Call& call) {
  size_t next = 0;
  for (path.remove_prefix(1); !path.empty(); ++next) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    if (next == segments.size() || segments[next].empty()) return false;
    if (part == "{c}") call.connector = segments[next];
    else if (part == "{t}") call.task = segments[next];
    else if (part != segments[next]) return false;
  }
  return next == segments.size();
}

std::string allowed(const Resource& resource) {
  std::vector<std::string_view> methods{"HEAD"};  // every resource has GET or is an action
  if (resource.verbs.front().method != "GET") methods.clear();
  for (const Verb& verb : resource.verbs) methods.push_back(verb.method);
  methods.push_back("OPTIONS");
  return fmt::format("{}", fmt::join(methods, ","));
}

RestResponse dispatch(Api& api, const RestRequest& request) {
  const std::optional<RequestTarget> target = parse_target(request.target);
  if (!target) return plain_error(400);
  Call call{request, *target, "", ""};
  const Resource* resource = nullptr;
  for (const Resource& candidate : resources())
    if (matches(candidate.path, target->segments, call)) resource = &candidate;
  if (!resource) return plain_error(404);
  if (request.method == "OPTIONS") return {200, "", {{"Allow", allowed(*resource)}}};

  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  for (const Verb& verb : resource->verbs) {
    if (verb.method != method) continue;
    if (auto refusal = refuse_media(request, verb.takes_body)) return *refusal;
    return verb.handler(api, call);
  }
  RestResponse refusal = plain_error(405);
  refusal.headers["Allow"] = allowed(*resource);
  return refusal;
}

template <class Write>
RestResponse json_response(int status, Write&& write) {
  JsonWriter json;
  write(json);
  return {status, json.result(), {}};
}

RestResponse connector_not_found(const std::string& name) { return error_response(404, fmt::format("Connector {} not found", name)); }

// Nothing for what Connect's integers do not take: then there is no such path.
std::optional<int> task_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// The answer to a command that failed, or nothing.
std::optional<RestResponse> refusal_of(const CommandResult& result) {
  switch (result.kind) {
    case CommandResult::Kind::done:
    case CommandResult::Kind::created: return std::nullopt;
    case CommandResult::Kind::not_found: return error_response(404, result.message);
    case CommandResult::Kind::invalid: return error_response(400, result.message);
    case CommandResult::Kind::exists:
    case CommandResult::Kind::managed_by_file: break;
  }
  return error_response(409, result.message);
}

RestResponse info_response(const RestRequest& request, const CommandResult& result) {
  if (auto refusal = refusal_of(result)) return *refusal;
  const bool created = result.kind == CommandResult::Kind::created;
  RestResponse response = json_response(created ? 201 : 200, [&](JsonWriter& json) { write_info(json, *result.info); });
  if (!created) return response;
  const std::string path = "/connectors/" + percent_encode(result.info->name);
  const auto host = request.headers.find("host");
  response.headers["Location"] = host == request.headers.end() ? path : "http://" + host->second + path;
  return response;
}

}  // namespace

RestHandler make_routes(Supervisor& supervisor, Backend& backend) {
  return [api = std::make_shared<Api>(supervisor, backend)](const RestRequest& request) {
    try {
      return dispatch(*api, request);
    } catch (const std::exception& error) {
      spdlog::error("REST: {} {}: {}", printable(request.method, 20), printable(request.target, 200), printable(error.what()));
      return error_response(500, error.what());
    }
  };
}

namespace {

RestResponse Api::root(const Call&) const {
  return json_response(200, [&](JsonWriter& json) {
    // Clients parse "int.int.int" and switch features by it.
    json.begin_object().text("version", "4.1.1-sluice-" SLUICE_VERSION).text("commit", SLUICE_COMMIT);
    json.text("kafka_cluster_id", backend_.kafka_cluster_id()).end_object();
  });
}

// Not the error body: KIP-1017 has one of its own.
RestResponse Api::health(const Call&) const {
  const bool ready = supervisor_.ready();
  return json_response(ready ? 200 : 503, [&](JsonWriter& json) {
    json.begin_object().text("status", ready ? "healthy" : "starting");
    json.text("message", ready ? "Worker has completed startup and is ready to handle requests." : "Worker is still starting up.");
    json.end_object();
  });
}

RestResponse Api::plugins(const Call&) const {
  return json_response(200, [&](JsonWriter& json) { write_plugins(json, backend_.plugins()); });
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
      const auto info = supervisor_.info(name);
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
  const CreateRequest& request = std::get<CreateRequest>(parsed);
  return info_response(call.request, supervisor_.create(request.name, request.config, request.initial));
}

RestResponse Api::get(const Call& call) const {
  const auto info = supervisor_.info(call.connector);
  if (!info) return connector_not_found(call.connector);
  return json_response(200, [&](JsonWriter& json) { write_info(json, *info); });
}

RestResponse Api::remove(const Call& call) {
  return refusal_of(supervisor_.remove(call.connector)).value_or(RestResponse{204, "", {}});
}

RestResponse Api::get_config(const Call& call) const {
  const auto info = supervisor_.info(call.connector);
  if (!info) return connector_not_found(call.connector);
  return json_response(200, [&](JsonWriter& json) { write_config(json, info->config); });
}

RestResponse Api::put_config(const Call& call) {
  auto parsed = parse_config(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  return info_response(call.request, supervisor_.put_config(call.connector, std::get<FlatConfig>(parsed)));
}

RestResponse Api::patch_config(const Call& call) {
  auto parsed = parse_patch(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  return info_response(call.request, supervisor_.patch_config(call.connector, std::get<ConfigPatch>(parsed)));
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
  const auto info = supervisor_.info(call.connector);
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

}  // namespace
}  // namespace sluice
