#include "rest/metrics_api.h"
#include "metrics/exposition.h"

namespace sluice {
namespace {

constexpr std::string_view kMedia = "text/plain";

RestResponse metrics(const Supervisor& supervisor) {
  return {200, exposition(supervisor.figures(), process_figures()), {{"Content-Type", std::string(kMedia) + "; version=0.0.4; charset=utf-8"}}};
}

}  // namespace

std::vector<Resource> metric_resources(const Supervisor& supervisor) {
  return {{"/metrics", {{"GET", Pace::command, [&](const Call&) { return metrics(supervisor); }, false, kMedia}}}};
}

}  // namespace sluice
