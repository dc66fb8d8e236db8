// Whether the files that rest.tls.* and rest.auth.* name can be used: for `sluice validate`, and before anything starts.
#pragma once
#include "config/problem.h"
#include "config/rest_access.h"

namespace sluice {

void check_access(const RestAccess& access, Problems& problems);

}  // namespace sluice
