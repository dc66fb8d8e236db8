// A request, its answer, and who makes one of the other. What the server and the paths behind it have in common.
#pragma once
#include <functional>
#include <map>
#include <string>
#include "config/rest_access.h"

namespace sluice {

// Who asks. What nobody has let in sees the least.
struct Caller {
  Role role = Role::read;
  std::string name;           // for logs; empty: has not logged in
  bool sees_secrets = false;  // literal ones as they are stored, not as ***
  std::string csrf{};         // of the session that the cookie named; empty: another way to log in
  std::string cookie{};       // Set-Cookie where this request begins or ends a session
};

struct RestRequest {
  std::string method;                          // "GET"
  std::string target;                          // as sent: path and query, still percent-encoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  Caller caller{};                             // set by the server
  bool encrypted = false;                      // came over TLS
};

struct RestResponse {
  int status = 200;
  std::string body;                            // JSON; empty for 202 and 204
  std::map<std::string, std::string> headers;  // Location, Allow; Content-Type is added by the server where there is a body
  bool goes_on = false;                        // `body` is only the beginning: what RestHandler::event says follows, until the client goes
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
  std::function<bool(const RestRequest&)> open{};          // for who has not logged in, too: health, which probes ask for
  std::function<std::string()> event{};                    // rest thread, once a second while somebody listens; cheap

  RestResponse operator()(const RestRequest& request) const { return answer(request); }
};

}  // namespace sluice
