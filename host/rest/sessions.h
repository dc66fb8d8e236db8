// The sessions of the page: a browser's stream of events cannot carry an Authorization header, a cookie it carries by itself. That is
// why whoever has one must also say the session's CSRF token where something changes, which another site's page cannot know. They live
// in this process alone, so that a restart ends them. Rest thread only; time comes as an argument.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include "rest/credentials.h"
#include "rest/http.h"

namespace sluice {

inline constexpr std::string_view kSessionPath = "/sluice/v1/session";

class Sessions {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Session {
    std::string name;  // of the user, or where the token stands
    Digest proof;      // of what was shown at login: a session is worth no more than that
    std::string csrf;
    Time ends, idle_until;
  };

  // The cookie's value, which nobody can guess; only its digest is kept. A user's oldest session gives way where there are many.
  std::string begin(const std::string& name, const Digest& proof, Time now);
  // Nothing where it is unknown or has ended; else it may be idle for an hour again. Valid until the next call.
  const Session* find(std::string_view id, Time now);
  void end(std::string_view id);

  size_t size() const { return sessions_.size(); }

 private:
  void make_room(const std::string& name, Time now);

  std::map<Digest, Session> sessions_;
};

// What the request's cookie says, or nothing. Cookies do not tell ports apart, so that the port is a part of the name: who looks at two
// hosts by two tunnels stays logged in at both.
std::string session_of(const RestRequest& request);

// Values of Set-Cookie.
std::string cookie_of(const std::string& id, const RestRequest& request);
std::string end_of_cookie(const RestRequest& request);

}  // namespace sluice
