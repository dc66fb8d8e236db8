// Kafka Connect's REST interface over the supervisor. One thread (`rest`) owns all sockets; a request becomes a call of
// routes.h, a plain function that tests call without sockets.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include "config/rest_access.h"
#include "rest/http.h"
#include "rest/limits.h"

namespace sluice {

class RestServer {
 public:
  // Binds at once, so that a port in use is found before anything else starts: throws std::runtime_error with one clear
  // sentence, as for files of `access` that cannot be used. Port 0 takes any free one. Requests are served from start() on.
  RestServer(const std::string& host, uint16_t port, RestLimits limits = {}, const RestAccess& access = {});
  ~RestServer();  // stops accepting, lets answers in progress go out for at most a second, joins

  uint16_t port() const;  // the real one
  void start(RestHandler handler);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
