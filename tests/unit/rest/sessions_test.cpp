// The page's sessions: a cookie for a login, worth as much and no longer, and nothing changes by the cookie alone.
#include <doctest/doctest.h>
#include "rest/server.h"
#include "rest/sessions.h"
#include "unit/rest/client.h"
#include "unit/rest/doors.h"

using namespace sluice;
using namespace sluice::test;

namespace {

struct Page : Doors {
  const std::string session{kSessionPath};

  RestResponse send(const std::string& method, const std::string& target, std::map<std::string, std::string> headers, bool encrypted = false) {
    headers.emplace("host", "localhost:8083");
    RestRequest request{method, target, std::move(headers), ""};
    request.encrypted = encrypted;
    return ask(request, {"192.0.2.1", {}});
  }
  // The cookie as a browser sends it back, with others beside it.
  std::string log_in(const std::string& authorization, bool encrypted = false) {
    REQUIRE(send("POST", session, {{"authorization", authorization}}, encrypted).status == 200);
    set_cookie = caller.cookie;
    csrf = caller.csrf;
    return "theme=dark; " + set_cookie.substr(0, set_cookie.find(';')) + "; x=sluice-8083=no";
  }
  std::string set_cookie, csrf;
};

}  // namespace

TEST_CASE_FIXTURE(Page, "session: a password or a token is answered with a cookie that does for it") {
  struct Way { std::string authorization; Role role; };
  for (const auto& [authorization, role] : {Way{kBoss, Role::admin}, {kReader, Role::read}, {"Bearer " + kAdminToken, Role::admin}, {"Bearer " + kReadToken, Role::read}}) {
    CAPTURE(authorization);
    const std::string cookie = log_in(authorization);
    CHECK(set_cookie.find("; HttpOnly; SameSite=Strict") != std::string::npos);
    CHECK(csrf.size() == 64);
    CHECK(send("GET", "/connectors", {{"cookie", cookie}}).status == 200);
    CHECK((caller.role == role && caller.sees_secrets == (role == Role::admin) && caller.csrf == csrf && caller.cookie.empty()));
    CHECK(send("DELETE", "/connectors/c", {{"cookie", cookie}, {"x-csrf-token", csrf}}).status == (role == Role::admin ? 200 : 403));
  }
}

TEST_CASE_FIXTURE(Page, "session: nothing changes by the cookie alone, nor with another session's token") {
  log_in(kBoss);
  const std::string other = csrf, cookie = log_in(kBoss);
  CHECK(other != csrf);
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"})
    for (const std::string target : {std::string("/connectors"), session}) {
      CHECK(send(method, target, {{"cookie", cookie}}).status == 403);
      CHECK(send(method, target, {{"cookie", cookie}, {"x-csrf-token", ""}}).status == 403);
      CHECK(send(method, target, {{"cookie", cookie}, {"x-csrf-token", other}}).status == 403);
    }
  CHECK(send("GET", "/connectors", {{"cookie", cookie}}).status == 200);
}

TEST_CASE_FIXTURE(Page, "session: a login in the header needs no token, and a wrong one is refused beside a good cookie") {
  const std::string cookie = log_in(kBoss);
  CHECK(send("PUT", "/connectors/c/pause", {{"cookie", cookie}, {"authorization", kBoss}}).status == 200);
  CHECK(send("GET", "/connectors", {{"cookie", cookie}, {"authorization", kWrong}}).status == 401);
}

TEST_CASE_FIXTURE(Page, "session: it ends when asked, after an idle hour, after twelve hours, and with the password or token") {
  const auto is_in = [&](const std::string& cookie) { return send("GET", "/connectors", {{"cookie", cookie}}).status == 200; };
  const std::string other = log_in(kReader);
  std::string cookie = log_in(kReader);
  CHECK(send("DELETE", session, {{"cookie", cookie}, {"x-csrf-token", csrf}}).status == 200);
  CHECK(caller.cookie.find("=; Path=/; Max-Age=0;") != std::string::npos);
  CHECK(!is_in(cookie));
  CHECK(is_in(other));

  cookie = log_in(kBoss);
  now += 59min;
  CHECK(is_in(cookie));
  CHECK(is_in(other));
  now += 59min;
  CHECK(is_in(cookie));
  now += 61min;
  CHECK(!is_in(cookie));

  cookie = log_in(kBoss);
  for (int i = 0; i < 13; ++i, now += 55min) CHECK(is_in(cookie));
  now += 5min;
  CHECK(!is_in(cookie));

  cookie = log_in(kBoss);
  const std::string by_token = log_in("Bearer " + kAdminToken);
  write("users", "boss:read:" + hash_of("b:b") + "\n");
  now += 2s;
  CHECK(is_in(cookie));
  CHECK(caller.role == Role::read);  // as the file has it now
  write("users", "boss:admin:" + hash_of("another") + "\n");
  now += 2s;
  CHECK(!is_in(cookie));
  CHECK(is_in(by_token));
  write("tokens", "read:" + kReadToken + "\n");
  now += 2s;
  CHECK(!is_in(by_token));
}

TEST_CASE_FIXTURE(Page, "session: however its path is written, it is the same") {
  for (const char* path : {"/sluice/v1/session/", "/sluice/v1/sessio%6e", "/sluice/v1/session;x=1", "/sluice/v1/session?x=1"}) {
    CAPTURE(path);
    const std::string cookie = log_in(kReader);
    CHECK(send("DELETE", path, {{"cookie", cookie}}).status == 403);
    CHECK(send("DELETE", path, {{"cookie", cookie}, {"x-csrf-token", csrf}}).status == 200);
    CHECK(send("GET", "/connectors", {{"cookie", cookie}}).status == 401);
  }
}

TEST_CASE_FIXTURE(Page, "session: what is no session's is none") {
  const std::string cookie = log_in(kBoss), id = set_cookie.substr(set_cookie.find('=') + 1, 64);
  for (const std::string& other : {std::string("sluice-8083="), std::string("sluice-8083=x"), "sluice-8083=" + id.substr(1), "sluice-8083=" + id + "0",
                                   "sluice-8084=" + id, "sluice=" + id, "xsluice-8083=" + id, std::string(";;=;"), std::string()})
    CHECK(send("GET", "/connectors", {{"cookie", other}}).status == 401);
  CHECK(send("GET", "/connectors", {{"cookie", "sluice-8083=" + id}}).status == 200);
  open();  // a restart
  CHECK(send("GET", "/connectors", {{"cookie", cookie}}).status == 401);
}

TEST_CASE_FIXTURE(Page, "session: over TLS the cookie is for this host and TLS alone") {
  const std::string cookie = log_in(kBoss, true);
  CHECK(set_cookie.starts_with("__Host-sluice-8083="));
  CHECK(set_cookie.ends_with("; Secure"));
  CHECK(send("GET", "/connectors", {{"cookie", cookie}}, true).status == 200);
  CHECK(send("GET", "/connectors", {{"cookie", cookie}}).status == 401);
}

TEST_CASE_FIXTURE(Page, "session: the browser's own window does not ask before the page's form does") {
  CHECK(send("GET", session, {{"x-requested-with", "sluice"}}).headers.at("WWW-Authenticate") == "Session realm=\"sluice\"");
  CHECK(send("GET", "/sluice/v1/events", {{"accept", "text/event-stream"}}).headers.at("WWW-Authenticate") == "Session realm=\"sluice\"");
  CHECK(send("POST", session, {{"x-requested-with", "sluice"}, {"authorization", kWrong}}).headers.at("WWW-Authenticate") == "Session realm=\"sluice\"");
}

TEST_CASE_FIXTURE(Page, "session: events end with it, and with nobody else's") {
  RestServer server("127.0.0.1", 0, RestLimits{}, config);
  RestHandler handler;
  handler.answer = [](const RestRequest& request) {
    RestResponse response{200, request.caller.csrf, {{"Content-Type", "text/plain"}}};
    if (!request.caller.cookie.empty()) response.headers["Set-Cookie"] = request.caller.cookie;
    response.goes_on = request.target == "/sluice/v1/events";
    return response;
  };
  handler.pace = [](const RestRequest&) { return Pace::at_once; };
  handler.event = [] { return std::string("data: x\n\n"); };
  server.start(handler);
  const auto say = [&](Client& client, const std::string& line, const std::string& header) {
    client.send(line + " HTTP/1.1\r\nHost: localhost:8083\r\nConnection: close\r\nContent-Length: 0\r\n" + header + "\r\n\r\n");
  };
  struct Begun { std::string cookie, csrf; };
  const auto log_in = [&] {
    Client client(server.port());
    say(client, "POST " + session, "Authorization: Bearer " + kReadToken);
    const std::string answer = client.read_all();
    const size_t at = answer.find("sluice-8083=");
    REQUIRE(at != std::string::npos);
    return Begun{answer.substr(at, std::string("sluice-8083=").size() + 64), answer.substr(answer.find("\r\n\r\n") + 4, 64)};
  };
  const Begun mine = log_in(), other = log_in();
  Client listens(server.port()), other_listens(server.port());
  say(listens, "GET /sluice/v1/events", "Cookie: " + mine.cookie);
  say(other_listens, "GET /sluice/v1/events", "Cookie: " + other.cookie);
  CHECK(has(listens.read_until("data: x"), " 200 OK"));
  Client by_header(server.port());
  say(by_header, "GET /sluice/v1/events", "Authorization: Bearer " + kReadToken + "\r\nCookie: " + mine.cookie);
  Client leaves(server.port());
  say(leaves, "DELETE " + session, "Cookie: " + mine.cookie + "\r\nX-CSRF-Token: " + mine.csrf);
  CHECK(has(leaves.read_all(), " 200 OK"));
  CHECK(has(listens.read_all(), "<closed>"));
  for (Client* stays : {&other_listens, &by_header}) CHECK(!has(stays->read_until("data: x\n\ndata: x\n\ndata: x"), "<closed>"));
}

TEST_CASE("session: who logs in over and over keeps the newest twenty, and takes nobody else's") {
  Sessions sessions;
  const Sessions::Time now{1h};
  const std::string other = sessions.begin("other", digest_of("o"), now);
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back(sessions.begin("script", digest_of("s"), now + 1s * i));
  CHECK(sessions.size() == 21);
  CHECK(sessions.find(other, now + 1000s));
  CHECK(sessions.find(ids[980], now + 1000s));
  CHECK(!sessions.find(ids[979], now + 1000s));
  sessions.begin("third", digest_of("t"), now + 2h);
  CHECK(sessions.size() == 1);  // those that have ended leave nothing
}
