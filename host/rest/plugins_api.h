// The sink plugins that can be used.
#pragma once
#include <vector>
#include "connector/backend.h"
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> plugin_resources(const Backend& backend);

}  // namespace sluice
