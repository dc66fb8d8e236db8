// Connectors and their tasks: made, changed, shown, started and stopped.
#pragma once
#include <vector>
#include "connector/supervisor.h"
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> connector_resources(Supervisor& supervisor);

}  // namespace sluice
