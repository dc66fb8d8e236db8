// `transforms` and `predicates` -> what the host runs itself, and what is left for the plugin. Pure.
#pragma once
#include "base/transforms.h"
#include "config/flat_config.h"
#include "config/problem.h"

namespace sluice {

// `left`: transforms that are known to change fields, with their settings as written and `transforms` listing them in order. Whether
// a plugin does them is not known here. Complaints are in Connect's words and name the full key.
void read_transforms(const FlatConfig& config, Transforms& transforms, FlatConfig& left, Problems& problems);

}  // namespace sluice
