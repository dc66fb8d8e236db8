// The dead letters of a connector: which there are, what is in one, and back into the sink.
#pragma once
#include <vector>
#include "connector/backend.h"
#include "connector/supervisor.h"
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> letter_resources(const Supervisor& supervisor, const Backend& backend);

}  // namespace sluice
