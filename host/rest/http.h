// A request, its answer, and who makes one of the other. What the server and the paths behind it have in common.
#pragma once
#include <functional>
#include <map>
#include <string>

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

// How long an answer can take, so that nobody waits behind one that takes longer than theirs.
enum class Pace {
  at_once,  // what is published already
  command,  // waits for the supervisor, which waits for nobody
  far,      // asks Kafka or the sink's database
};

struct RestHandler {
  std::function<RestResponse(const RestRequest&)> answer;  // any thread, several at a time
  std::function<Pace(const RestRequest&)> pace;            // rest thread; cheap

  RestResponse operator()(const RestRequest& request) const { return answer(request); }
};

}  // namespace sluice
