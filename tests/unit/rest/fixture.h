// The routes over a real supervisor and a backend that plays the tasks.
#pragma once
#include <map>
#include <string>
#include <doctest/doctest.h>
#include "connector/supervisor.h"
#include "rest/routes.h"
#include "unit/connector/fake_backend.h"

namespace sluice::test {

struct RestFixture {
  FakeBackend backend;
  Supervisor supervisor{backend, "127.0.0.1:8083"};
  Caller as{Role::admin, "", true};
  Monitor monitor{supervisor};
  RestHandler routes = make_routes(supervisor, backend, monitor);

  RestFixture() { supervisor.read_files(); }

  RestResponse send(const std::string& method, const std::string& target, const std::string& body = "",
                    std::map<std::string, std::string> headers = {}) {
    headers.try_emplace("host", "127.0.0.1:8083");
    if (!body.empty()) headers.try_emplace("content-type", "application/json");
    return routes({method, target, std::move(headers), body, as});
  }
  RestResponse get(const std::string& target) { return send("GET", target); }

  void runs(const std::string& name, int tasks = 1) {
    REQUIRE(supervisor.create(name, sink_config(tasks), TargetState::running).kind == CommandResult::Kind::created);
  }
};

}  // namespace sluice::test
