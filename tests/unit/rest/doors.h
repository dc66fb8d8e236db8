// The ways into a listener, with a user and a token of each role, judged without sockets.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>
#include <crypt.h>
#include <fmt/format.h>
#include "rest/access.h"
#include "unit/config/fixture.h"

namespace sluice::test {

using namespace std::chrono_literals;

// The least costly parameters: what is tested is not how long it takes.
inline std::string hash_of(const std::string& password) {
  crypt_data data{};
  return crypt_r(password.c_str(), "$y$j75$7E/mKl3bXYvdm6ZUU0/hl/$", &data);
}

inline const std::string kReadToken = "0123456789abcdef0123456789abcdef", kAdminToken = "Zm9vYmFyYmF6cXV4eHl6enk";

struct Doors {
  TempFolder folder;
  RestAccess config;
  std::unique_ptr<Access> access;
  Access::Time now{1h};

  Doors() {
    config.basic_file = write("users", fmt::format("# who\n\nreader:read:{}\nboss:admin:{}\n", hash_of("r"), hash_of("b:b")));
    config.bearer_file = write("tokens", fmt::format("read:{}\nadmin:{}\n", kReadToken, kAdminToken));
    config.clients = {{"probe.example", Role::read}, {"ops", Role::admin}};
    open();
  }
  std::filesystem::path write(const std::string& name, const std::string& text, unsigned mode = 0600) {
    const auto file = folder.write(name, text);
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    return file;
  }
  void open() { access = std::make_unique<Access>(config); }

  // 200, or the refusal's status.
  RestResponse ask(const std::string& method, const std::string& authorization, std::vector<std::string> names = {},
                   const std::string& address = "192.0.2.1") {
    RestRequest request{method, "/connectors", {}, ""};
    if (!authorization.empty()) request.headers["authorization"] = authorization;
    return ask(request, {address, std::move(names)});
  }
  RestResponse ask(const RestRequest& request, const Peer& peer) {
    Access::Verdict verdict = access->judge(request, peer, now);
    hashed = std::holds_alternative<PasswordCheck>(verdict);
    if (hashed) {
      const PasswordCheck check = std::get<PasswordCheck>(verdict);
      Access::Judged judged = access->settle(check, check.fits(), request, peer, now);
      if (const auto* refusal = std::get_if<RestResponse>(&judged)) return *refusal;
      caller = std::get<Caller>(judged);
    } else if (const auto* refusal = std::get_if<RestResponse>(&verdict)) {
      return *refusal;
    } else {
      caller = std::get<Caller>(verdict);
    }
    return {200, "", {}};
  }
  bool hashed = false;
  Caller caller;
};

inline const std::string kReader = "Basic cmVhZGVyOnI=", kBoss = "basic Ym9zczpiOmI=", kWrong = "Basic Ym9zczp4", kUnknown = "Basic bm9ib2R5Omk=";

}  // namespace sluice::test
