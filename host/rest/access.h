// Who a request comes from and what that one may do: basic, bearer, the page's cookie and client certificates, roles, and slower answers
// to those who guess. Rest thread only, but for PasswordCheck; no sockets in here, time comes as an argument.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>
#include "config/rest_access.h"
#include "rest/credentials.h"
#include "rest/guesses.h"
#include "rest/http.h"
#include "rest/private_file.h"
#include "rest/sessions.h"

namespace sluice {

// The other end of a connection.
struct Peer {
  std::string address;
  std::vector<std::string> names;  // in the certificate that it has proved to hold; none without
};

// A password whose hash has to be computed, which takes so long that the rest thread leaves it to another.
struct PasswordCheck {
  std::string user, password, hash;
  Digest digest;       // of all three, to know it again
  bool known = false;  // there is such a user: an unknown one is refused as slowly

  bool fits() const { return password_fits(password, hash) && known; }
};

class Access {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Judged = std::variant<Caller, RestResponse>;                 // let in, or the refusal
  using Verdict = std::variant<Caller, RestResponse, PasswordCheck>;

  // Throws std::runtime_error with one sentence where the files cannot be used.
  explicit Access(const RestAccess& config);

  Verdict judge(const RestRequest& request, const Peer& peer, Time now);
  Judged settle(const PasswordCheck& check, bool fits, const RestRequest& request, const Peer& peer, Time now);
  // Whether the session of that cookie still is one: for what goes on after it was judged.
  bool lives(std::string_view session, Time now);

 private:
  struct Proof {
    Digest digest;
    Time until;
  };

  void read_again(Time now);
  Verdict judge_basic(std::string_view encoded, const RestRequest& request, const Peer& peer, Time now);
  Judged judge_bearer(std::string_view token, const RestRequest& request, const Peer& peer, Time now);
  std::optional<Judged> judge_cookie(const RestRequest& request, Time now);
  std::optional<Role> role_of(const Sessions::Session& session) const;
  Judged refuse_guess(const std::string& who, std::string_view user, const RestRequest& request, const Peer& peer, Time now);
  RestResponse log_in(const std::string& reason, const RestRequest& request) const;
  Judged allow(Role role, std::string name, const RestRequest& request) const;
  Judged allow_by_header(Role role, const std::string& name, const Digest& proof, const RestRequest& request, const Peer& peer, Time now);

  const RestAccess config_;
  Credentials credentials_;
  FileWatch files_;
  Time looked_{};
  Digest key_;                          // of this process, so that what is remembered is worth nothing elsewhere
  std::map<std::string, Proof> proofs_;  // a user's right password, for a while: at most one a user
  Guesses guesses_;
  Sessions sessions_;
};

// Without any way to log in everybody is the admin, as far as the listener can be reached.
Caller anybody(const RestAccess& config);

}  // namespace sluice
