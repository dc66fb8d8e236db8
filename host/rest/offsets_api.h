// The offsets of a connector (KIP-875): shown in any state, changed while it is stopped.
#pragma once
#include <vector>
#include "connector/backend.h"
#include "connector/supervisor.h"
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> offset_resources(Supervisor& supervisor, const Backend& backend);

}  // namespace sluice
