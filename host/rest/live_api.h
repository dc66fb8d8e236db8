// What the page shows and the command line asks for beyond Connect's paths: the present of all connectors, once and as a stream of
// events, one connector in detail, and the last minutes and hours.
#pragma once
#include <string>
#include <vector>
#include "connector/supervisor.h"
#include "metrics/monitor.h"
#include "rest/resource.h"

namespace sluice {

// `insecure`: what the host file lists.
std::vector<Resource> live_resources(const Supervisor& supervisor, Monitor& monitor, const std::vector<std::string>& insecure);

// The overview as an event of a stream (text/event-stream).
std::string live_event(const Supervisor& supervisor, const Monitor& monitor, const std::vector<std::string>& insecure);

}  // namespace sluice
