// Connectors and their tasks: made, changed, shown, started and stopped.
#pragma once
#include <vector>
#include "connector/backend.h"
#include "connector/supervisor.h"
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> connector_resources(Supervisor& supervisor, const Backend& backend);

}  // namespace sluice
