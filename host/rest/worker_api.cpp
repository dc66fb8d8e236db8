#include "rest/worker_api.h"

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
RestResponse health(bool ready) {
  return json_response(ready ? 200 : 503, [&](JsonWriter& json) {
    json.begin_object().text("status", ready ? "healthy" : "starting");
    json.text("message", ready ? "Worker has completed startup and is ready to handle requests." : "Worker is still starting up.");
    json.end_object();
  });
}

}  // namespace

std::vector<Resource> worker_resources(const Supervisor& supervisor, const Backend& backend) {
  const auto answer_root = [&](const Call&) { return root(backend); };
  const auto answer_health = [&](const Call&) { return health(supervisor.ready()); };
  return {
      {"/", {{"GET", Pace::at_once, answer_root}}},
      // Probes of load balancers and orchestrators have no password, and learn nothing here that a port check does not tell.
      {"/health", {{"GET", Pace::at_once, answer_health}}, true},
      {"/health/ready", {{"GET", Pace::at_once, answer_health}}, true},
  };
}

}  // namespace sluice
