// Asks a host that runs, by its REST interface. libcurl does the talking, so that proxies, TLS and logins are as people know them.
#pragma once
#include <optional>
#include <string>

#include "base/json.h"

namespace sluice {

// Where the host is, and who asks.
struct Remote {
  std::string url = "http://127.0.0.1:8083";
  std::string user;      // NAME:PASSWORD
  std::string token;     // instead of it
  std::string ca_file;   // who vouches for the host's certificate; empty: whom the system trusts
};

// How long to wait. The host itself gives up an answer after 90 s.
struct Patience {
  long connect_seconds = 5;
  long answer_seconds = 100;
};

class RestClient {
 public:
  explicit RestClient(Remote remote, Patience patience = {});

  // The answer's JSON; null where it has no body. Throws std::runtime_error, in one sentence, where nobody answers, where the answer is
  // an error, and where it is no JSON.
  JsonValue ask(const char* method, const std::string& path, const std::optional<std::string>& body = std::nullopt);

  static std::string escaped(const std::string& text);  // as one segment of a path

 private:
  const Remote remote_;
  const Patience patience_;
};

}  // namespace sluice
