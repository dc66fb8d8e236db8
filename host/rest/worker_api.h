// What is asked of the process itself: its version and its health.
#pragma once
#include <vector>
#include "connector/backend.h"
#include "connector/supervisor.h"
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> worker_resources(const Supervisor& supervisor, const Backend& backend);

}  // namespace sluice
