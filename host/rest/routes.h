// Request -> answer, without sockets: finds the resource and the verb; what they do is in the *_api.h beside this file.
#pragma once
#include <string>
#include <vector>
#include "connector/backend.h"
#include "connector/supervisor.h"
#include "metrics/monitor.h"
#include "rest/http.h"
#include "rest/resource.h"

namespace sluice {

// Every path with its verbs; openapi.json describes the same. `insecure`: what the host file lists, which is shown.
std::vector<Resource> all_resources(Supervisor& supervisor, Backend& backend, Monitor& monitor, const std::vector<std::string>& insecure = {});

// The handler of the whole surface. What it is given outlives it.
RestHandler make_routes(Supervisor& supervisor, Backend& backend, Monitor& monitor, const std::vector<std::string>& insecure = {});

}  // namespace sluice
