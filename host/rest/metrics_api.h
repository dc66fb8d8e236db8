// What Prometheus asks for.
#pragma once
#include <vector>
#include "connector/supervisor.h"
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> metric_resources(const Supervisor& supervisor);

}  // namespace sluice
