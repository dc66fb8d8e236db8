#include "rest/live_api.h"
#include <optional>
#include <utility>
#include "base/version.h"
#include "metrics/process.h"
#include "rest/sessions.h"
#include "rest/views.h"

namespace sluice {
namespace {

constexpr std::string_view kEvents = "text/event-stream";

void write_real(JsonWriter& json, std::string_view name, double value) { json.key(name).real(value); }
void write_number(JsonWriter& json, std::string_view name, uint64_t value) { json.key(name).number(static_cast<int64_t>(value)); }

// What did not happen has no time.
void write_seconds(JsonWriter& json, std::string_view name, float seconds) {
  json.key(name);
  if (seconds == HistoryPoint::kNone) json.null();
  else json.real(static_cast<double>(seconds));
}

void write_point(JsonWriter& json, const HistoryPoint& point, const std::vector<std::string>& legs) {
  json.key("at").number(point.at_ms).key("lag");
  if (point.lag < 0) json.null();
  else json.number(point.lag);
  write_real(json, "records_per_s", static_cast<double>(point.records_per_s));
  write_real(json, "bytes_per_s", static_cast<double>(point.bytes_per_s));
  write_real(json, "failures_per_s", static_cast<double>(point.failures_per_s));
  write_seconds(json, "put_s", point.put_s);
  json.key("latency_s").begin_object();
  for (size_t leg = 0; leg < legs.size(); ++leg) write_seconds(json, legs[leg], point.latency_s[leg]);
  json.end_object();
}

void write_connector(JsonWriter& json, const SeenConnector& connector, const std::vector<std::string>& legs) {
  const ConnectorStatus& status = connector.figures.status;
  json.text("name", status.name).text("plugin", connector.figures.plugin).text("version", status.version).text("state", to_text(status.state));
  json.text("condition", status.condition).text("trace", status.trace);
  uint64_t rejected = 0, letters = 0;
  for (const TaskFigures& task : connector.figures.tasks) {
    rejected += task.rejected;
    letters += task.letters;
  }
  write_number(json, "records_rejected", rejected);
  write_number(json, "dead_letters", letters);
  json.key("now").begin_object();
  write_point(json, connector.now, legs);
  json.end_object();
}

void write_task(JsonWriter& json, const TaskStatus& status, const TaskFigures& figures) {
  json.begin_object().key("id").number(status.id).text("state", to_text(status.state)).text("condition", status.condition).text("trace", status.trace);
  json.key("hangs").boolean(status.hangs);
  write_number(json, "records_read", figures.read);
  write_number(json, "bytes_read", figures.read_bytes);
  write_number(json, "records_sent", figures.sent);
  write_number(json, "records_written", figures.written);
  write_number(json, "records_rejected", figures.rejected);
  write_number(json, "records_active", figures.active);
  write_number(json, "dead_letters", figures.letters);
  json.key("failures").begin_object();
  for (const auto& [name, count] : figures.by_class())
    write_number(json, name, count);
  json.end_object();
  json.key("last_error_ms");
  if (figures.last_error_ms == 0) json.null();
  else json.number(figures.last_error_ms);
  json.key("partitions").begin_array();
  for (const PartitionFigures& partition : figures.partitions) {
    json.begin_object().text("topic", partition.name.topic).key("partition").number(partition.name.partition);
    for (const auto& [name, offset] : {std::pair{"position", partition.position}, {"end", partition.end}}) {
      json.key(name);
      if (offset < 0) json.null();
      else json.number(offset);
    }
    json.key("lag");
    if (partition.is_known()) json.number(partition.lag());
    else json.null();
    json.end_object();
  }
  json.end_array().end_object();
}

std::string overview(const Supervisor& supervisor, const Monitor& monitor, const std::vector<std::string>& insecure) {
  const ProcessFigures process = process_figures();
  const std::vector<std::string> legs = monitor.legs();
  JsonWriter json;
  json.begin_object().key("worker").begin_object().text("id", supervisor.worker_id()).text("version", kVersion);
  json.key("started_ms").number(static_cast<int64_t>(process.start_seconds * 1000));
  write_number(json, "resident_bytes", process.resident_bytes);
  write_real(json, "cpu_seconds", process.cpu_seconds);
  json.key("insecure").begin_array();
  for (const std::string& refusal : insecure) json.text(refusal);
  json.end_array().end_object().key("connectors").begin_array();
  for (const SeenConnector& connector : monitor.all()) {
    json.begin_object();
    write_connector(json, connector, legs);
    json.key("tasks").begin_array();
    for (const TaskStatus& task : connector.figures.status.tasks)
      json.begin_object().key("id").number(task.id).text("state", to_text(task.state)).end_object();
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return json.result();
}

RestResponse session(const Call& call) {
  const Caller& caller = call.request.caller;
  RestResponse response = json_response(200, [&](JsonWriter& json) {
    json.begin_object().text("login", caller.name.empty() ? "none" : caller.csrf.empty() ? "other" : "cookie").text("user", caller.name);
    json.text("role", caller.role == Role::admin ? "admin" : "read").text("csrf", caller.csrf).end_object();
  });
  response.headers["Cache-Control"] = "no-store";
  if (!caller.cookie.empty()) response.headers["Set-Cookie"] = caller.cookie;
  return response;
}

// What judged the request has ended it.
RestResponse end_session(const Call& call) {
  RestResponse response{204, "", {}};
  if (!call.request.caller.cookie.empty()) response.headers["Set-Cookie"] = call.request.caller.cookie;
  return response;
}

RestResponse events(const Supervisor& supervisor, const Monitor& monitor, const std::vector<std::string>& insecure) {
  // A proxy that collects an answer before it passes it on would show nothing.
  RestResponse response{200, live_event(supervisor, monitor, insecure), {{"Content-Type", std::string(kEvents)}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}};
  response.goes_on = true;
  return response;
}

// One that was made a moment ago has not been looked at yet.
std::optional<SeenConnector> find(Monitor& monitor, const std::string& name) {
  auto found = monitor.one(name);
  if (found) return found;
  monitor.look();
  return monitor.one(name);
}

RestResponse detail(const Supervisor& supervisor, Monitor& monitor, const Call& call) {
  const auto connector = find(monitor, call.connector);
  if (!connector) return connector_not_found(call.connector);
  return json_response(200, [&](JsonWriter& json) {
    json.begin_object().text("worker_id", supervisor.worker_id());
    write_connector(json, *connector, monitor.legs());
    json.key("tasks").begin_array();
    for (size_t i = 0; i < connector->figures.tasks.size(); ++i) write_task(json, connector->figures.status.tasks[i], connector->figures.tasks[i]);
    json.end_array().end_object();
  });
}

RestResponse history(Monitor& monitor, const Call& call) {
  if (!find(monitor, call.connector)) return connector_not_found(call.connector);
  const std::string* asked = call.target.find("span");
  if (asked && *asked != "minutes" && *asked != "hours") return error_response(400, "\"span\" is minutes or hours");
  const History::Span span = asked && *asked == "hours" ? History::Span::hours : History::Span::minutes;
  const std::vector<std::string> legs = monitor.legs();
  return json_response(200, [&](JsonWriter& json) {
    json.begin_object().key("every_ms").number(History::every_ms(span)).key("points").begin_array();
    for (const HistoryPoint& point : monitor.history(call.connector, span)) {
      json.begin_object();
      write_point(json, point, legs);
      json.end_object();
    }
    json.end_array().end_object();
  });
}

}  // namespace

std::string live_event(const Supervisor& supervisor, const Monitor& monitor, const std::vector<std::string>& insecure) {
  return "event: overview\ndata: " + overview(supervisor, monitor, insecure) + "\n\n";
}

std::vector<Resource> live_resources(const Supervisor& supervisor, Monitor& monitor, const std::vector<std::string>& insecure) {
  return {
      {"/sluice/v1/overview", {{"GET", Pace::at_once, [&supervisor, &monitor, insecure](const Call&) { return RestResponse{200, overview(supervisor, monitor, insecure), {}}; }}}},
      {kSessionPath, {{"GET", Pace::at_once, session}, {"POST", Pace::at_once, session}, {"DELETE", Pace::at_once, end_session}}},
      {"/sluice/v1/events", {{"GET", Pace::at_once, [&supervisor, &monitor, insecure](const Call&) { return events(supervisor, monitor, insecure); }, false, kEvents}}},
      {"/sluice/v1/connectors/{c}", {{"GET", Pace::command, [&](const Call& call) { return detail(supervisor, monitor, call); }}}},
      {"/sluice/v1/connectors/{c}/history", {{"GET", Pace::command, [&](const Call& call) { return history(monitor, call); }}}},
  };
}

}  // namespace sluice
