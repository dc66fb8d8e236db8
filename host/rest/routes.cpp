#include "rest/routes.h"
#include <memory>
#include <optional>
#include <vector>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include "base/log.h"
#include "base/loggers.h"
#include "rest/admission.h"
#include "rest/connectors_api.h"
#include "rest/letters_api.h"
#include "rest/live_api.h"
#include "rest/loggers_api.h"
#include "rest/logs_api.h"
#include "rest/metrics_api.h"
#include "rest/offsets_api.h"
#include "rest/page.h"
#include "rest/plugins_api.h"
#include "rest/target.h"
#include "rest/views.h"
#include "rest/worker_api.h"

namespace sluice {
namespace {

// Fills the call's {c}, {t} and {n} where the path fits.
bool matches(std::string_view path, const std::vector<std::string>& segments, Call& call) {
  size_t next = 0;
  for (path.remove_prefix(1); !path.empty(); ++next) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    if (next == segments.size() || segments[next].empty()) return false;
    if (part == "{c}") call.connector = segments[next];
    else if (part == "{t}") call.task = segments[next];
    else if (part == "{n}") call.name = segments[next];
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

const Verb* verb_of(const Resource& resource, std::string_view method) {
  if (method == "HEAD") method = "GET";
  for (const Verb& verb : resource.verbs)
    if (verb.method == method) return &verb;
  return nullptr;
}

class Routes {
 public:
  explicit Routes(std::vector<Resource> resources) : resources_(std::move(resources)) {}

  RestResponse answer(const RestRequest& request) const {
    const std::optional<RequestTarget> target = parse_target(request.target);
    if (!target) return plain_error(400);
    Call call{request, *target, "", "", ""};
    // A path that is not here is 404, a verb that is not here 405.
    const Resource* resource = find(*target, call);
    if (!resource) return plain_error(404);
    if (request.method == "OPTIONS") return {200, "", {{"Allow", allowed(*resource)}}};
    if (const Verb* verb = verb_of(*resource, request.method)) {
      if (auto refusal = refuse_media(request, verb->takes_body, verb->media)) return *refusal;
      return verb->answer(call);
    }
    RestResponse refusal = plain_error(405);
    refusal.headers["Allow"] = allowed(*resource);
    return refusal;
  }

  Pace pace(const RestRequest& request) const {
    const std::optional<RequestTarget> target = parse_target(request.target);
    if (!target) return Pace::at_once;
    Call call{request, *target, "", "", ""};
    const Resource* resource = find(*target, call);
    const Verb* verb = resource ? verb_of(*resource, request.method) : nullptr;
    return verb ? verb->pace : Pace::at_once;
  }

  bool open(const RestRequest& request) const {
    const std::optional<RequestTarget> target = parse_target(request.target);
    if (!target) return false;
    Call call{request, *target, "", "", ""};
    const Resource* resource = find(*target, call);
    return resource && resource->open;
  }

 private:
  const Resource* find(const RequestTarget& target, Call& call) const {
    for (const Resource& resource : resources_)
      if (matches(resource.path, target.segments, call)) return &resource;
    return nullptr;
  }

  std::vector<Resource> resources_;
};

}  // namespace

std::vector<Resource> all_resources(Supervisor& supervisor, Backend& backend, Monitor& monitor, const std::vector<std::string>& insecure) {
  std::vector<Resource> all;
  for (auto part : {worker_resources(supervisor, backend), plugin_resources(backend), connector_resources(supervisor, backend), offset_resources(supervisor, backend),
                    logger_resources(), metric_resources(supervisor), live_resources(supervisor, monitor, insecure), letter_resources(supervisor, backend), log_resources(), page_resources()})
    for (Resource& resource : part) all.push_back(std::move(resource));
  return all;
}

RestHandler make_routes(Supervisor& supervisor, Backend& backend, Monitor& monitor, const std::vector<std::string>& insecure) {
  const auto routes = std::make_shared<const Routes>(all_resources(supervisor, backend, monitor, insecure));
  const auto answer = [routes](const RestRequest& request) {
    try {
      return routes->answer(request);
    } catch (const std::exception& error) {
      rest_log().error("REST: {} {}: {}", printable(request.method, 20), printable(request.target, 200), printable(error.what()));
      return error_response(500, error.what());
    }
  };
  return {answer, [routes](const RestRequest& request) { return routes->pace(request); },
          [routes](const RestRequest& request) { return routes->open(request); },
          [&supervisor, &monitor, insecure] { return live_event(supervisor, monitor, insecure); }};
}

}  // namespace sluice
