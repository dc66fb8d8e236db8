// /admin/loggers: the levels of this process's loggers, in Connect's words.
#pragma once
#include <vector>
#include "rest/resource.h"

namespace sluice {

std::vector<Resource> logger_resources();

}  // namespace sluice
