// Request -> answer, without sockets. Called on the rest thread.
#pragma once
#include <functional>
#include <map>
#include <string>
#include "connector/supervisor.h"

namespace sluice {

struct RestRequest {
  std::string method;                          // "GET"
  std::string target;                          // as sent: path and query, still percent-encoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct RestResponse {
  int status = 200;
  std::string body;                            // JSON; empty for 202 and 204
  std::map<std::string, std::string> headers;  // Location, Allow; Content-Type is added by the server where there is a body
};

using RestHandler = std::function<RestResponse(const RestRequest&)>;

// The handler of the whole surface. `supervisor` and `backend` outlive it.
RestHandler make_routes(Supervisor& supervisor, Backend& backend);

}  // namespace sluice
