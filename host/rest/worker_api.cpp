#include "rest/worker_api.h"
#include <algorithm>
#include "rest/openapi.h"

namespace sluice {
namespace {

RestResponse root(const Backend& backend) {
  return json_response(200, [&](JsonWriter& json) {
    // Clients parse "int.int.int" and switch features by it.
    json.begin_object().text("version", "4.1.1-sluice-" SLUICE_VERSION).text("commit", SLUICE_COMMIT);
    json.text("kafka_cluster_id", backend.kafka_cluster_id()).end_object();
  });
}

// Not the error body: KIP-1017 has one of its own.
RestResponse health_body(int status, const char* word, const std::string& message) {
  return json_response(status, [&](JsonWriter& json) {
    json.begin_object().text("status", word).text("message", message).end_object();
  });
}

// Whether the process answers and has read its configuration: what a liveness probe asks.
RestResponse health(const Supervisor& supervisor) {
  if (!supervisor.ready()) return health_body(503, "starting", "Worker is still starting up.");
  return health_body(200, "healthy", "Worker has completed startup and is ready to handle requests.");
}

// Whether all that should run does. A task that waits for its database is in order: no restart of anything would help it.
// Which one is in trouble is told to those who may read statuses.
RestResponse readiness(const Supervisor& supervisor) {
  const auto in_trouble = [](const TaskStatus& task) { return task.state == State::failed || task.hangs; };
  for (const std::string& name : supervisor.names())
    if (const auto status = supervisor.status(name); status && std::ranges::any_of(status->tasks, in_trouble))
      return health_body(503, "unhealthy", "A task has failed or hangs in its sink; GET /connectors?expand=status shows which.");
  return health(supervisor);
}

}  // namespace

std::vector<Resource> worker_resources(const Supervisor& supervisor, const Backend& backend) {
  const auto answer_root = [&](const Call&) { return root(backend); };
  const auto answer_health = [&](const Call&) { return health(supervisor); };
  const auto answer_readiness = [&](const Call&) { return readiness(supervisor); };
  const auto answer_openapi = [](const Call&) { return RestResponse{200, std::string(kOpenApi), {}}; };
  return {
      {"/", {{"GET", Pace::at_once, answer_root}}},
      // Probes of load balancers and orchestrators have no password, and learn nothing here that a port check does not tell.
      {"/health", {{"GET", Pace::at_once, answer_health}}, true},
      {"/health/ready", {{"GET", Pace::at_once, answer_readiness}}, true},
      {"/openapi.json", {{"GET", Pace::at_once, answer_openapi}}},
  };
}

}  // namespace sluice
