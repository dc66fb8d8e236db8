// The newest lines of the log, for people who are not at the host's own terminal.
#pragma once
#include <vector>
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> log_resources();

}  // namespace sluice
