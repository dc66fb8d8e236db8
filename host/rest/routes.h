// Request -> answer, without sockets: finds the resource and the verb; what they do is in the *_api.h beside this file.
#pragma once
#include "connector/backend.h"
#include "connector/supervisor.h"
#include "metrics/monitor.h"
#include "rest/http.h"
#include "rest/resource.h"

namespace sluice {

// Every path with its verbs; openapi.json describes the same.
std::vector<Resource> all_resources(Supervisor& supervisor, Backend& backend, Monitor& monitor);

// The handler of the whole surface. What it is given outlives it.
RestHandler make_routes(Supervisor& supervisor, Backend& backend, Monitor& monitor);

}  // namespace sluice
