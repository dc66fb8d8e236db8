// The server through real sockets: limits, deadlines, and how connections end.
#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <thread>
#include <unistd.h>
#include <vector>
#include "rest/server.h"
#include "unit/rest/client.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

const std::string kHost = "Host: localhost\r\n";
std::string request(const std::string& line, const std::string& headers = "") { return line + " HTTP/1.1\r\n" + kHost + headers + "\r\n"; }

struct Fixture : RestFixture {
  std::unique_ptr<RestServer> server;

  Fixture() { serve({}); }
  void serve(RestLimits limits) {
    server = std::make_unique<RestServer>("127.0.0.1", 0, limits);
    server->start(routes);
  }
  std::string ask(const std::string& bytes) {
    Client caller(server->port());
    caller.send(bytes);
    return caller.read_all();
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "server: keep-alive, pipelining and a chunked body on one connection") {
  Client caller(server->port());
  caller.send(request("GET /health"));
  CHECK(has(caller.read_until("requests.\"}"), "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"));
  caller.send(request("GET /connectors") + request("PUT /connectors/a/config", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
              "1\r\n{\r\n2c\r\n\"connector.class\":\"FileStreamSink\",\"topics\":\r\n4\r\n\"x\"}\r\n0\r\n\r\n" +
              request("HEAD /connectors/a") + request("GET /connectors", "Connection: close\r\n"));
  const std::string answers = caller.read_all();
  CHECK(has(answers, "Content-Length: 2\r\n\r\n[]HTTP/1.1 201 Created\r\n"));
  CHECK(has(answers, "\"type\":\"sink\"}HTTP/1.1 200 OK\r\n"));
  CHECK(has(answers, "\r\n\r\nHTTP/1.1 200 OK\r\n"));  // HEAD: nothing between its header and the next answer
  CHECK(answers.ends_with("Connection: close\r\n\r\n[\"a\"]<closed>"));
}

TEST_CASE_FIXTURE(Fixture, "server: what is no request, or not for us, gets a JSON error") {
  struct Case { std::string bytes, status; };
  const Case cases[] = {
      {"hello\r\n\r\n", "400 Bad Request"},
      {"GET / HTTP/1.1\r\n\r\n", "400 Bad Request"},
      {"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "403 Forbidden"},
      {request("GET /", "Origin: http://evil.example\r\nConnection: close\r\n"), "403 Forbidden"},
      {request("GET /nosuch", "Connection: close\r\n"), "404 Not Found"},
      {request("FOO /", "Connection: close\r\n"), "405 Method Not Allowed"},
      {request("GET /" + std::string(9000, 'x')), "414 URI Too Long"},
      {request("GET /", "X: " + std::string(9000, 'x') + "\r\n"), "431 Request Header Fields Too Large"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.status);
    const std::string answer = ask(c.bytes);
    CHECK(answer.starts_with("HTTP/1.1 " + c.status));
    CHECK(has(answer, "Content-Type: application/json\r\n"));
    CHECK(has(answer, "{\"error_code\":" + c.status.substr(0, 3) + ","));
    CHECK(answer.ends_with("<closed>"));
  }
}

TEST_CASE_FIXTURE(Fixture, "server: a body over 1 MiB is refused, and its sender gets to read that") {
  CHECK(has(ask(request("POST /connectors", "Content-Length: 2000000\r\n") + std::string(2000000, 'x')), "HTTP/1.1 413"));

  Client caller(server->port());
  caller.send(request("POST /connectors", "Transfer-Encoding: chunked\r\n"));
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  int sent = 0;
  while (sent < 100000 && caller.send(chunk)) ++sent;
  CHECK(sent < 100000);  // 6 GB would have gone in
  CHECK(has(ask(request("GET /", "Connection: close\r\n")), "HTTP/1.1 200"));
}

TEST_CASE_FIXTURE(Fixture, "server: Expect 100-continue is answered before the body is sent") {
  Client caller(server->port());
  caller.send(request("PUT /connectors/a/config", "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n"));
  CHECK(caller.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  caller.send("{}");
  CHECK(has(caller.read_all(), "HTTP/1.1 400 Bad Request"));
}

TEST_CASE_FIXTURE(Fixture, "server: slow headers and slow bodies get 408 however they trickle, idle connections are closed") {
  RestLimits limits;
  limits.header_time = limits.body_time = limits.idle_time = 150ms;
  serve(limits);
  const auto trickle = [&](const std::string& first) {
    Client caller(server->port());
    caller.send(first);
    const auto until = std::chrono::steady_clock::now() + 2s;
    while (std::chrono::steady_clock::now() < until && caller.send("x")) usleep(20000);
    return caller.read_all();
  };
  const std::string slow_header = trickle("GET / HTTP/1.1\r\nX: "), slow_body = trickle(request("POST /connectors", "Content-Length: 100000\r\n"));
  CHECK((has(slow_header, "HTTP/1.1 408") || has(slow_header, "<reset>")));
  CHECK((has(slow_body, "HTTP/1.1 408") || has(slow_body, "<reset>")));
  CHECK(has(ask("GET / HTTP/1.1\r\nX: y"), "HTTP/1.1 408 Request Timeout\r\n"));
  CHECK(has(ask(request("POST /connectors", "Content-Length: 10\r\n") + "{"), "HTTP/1.1 408 Request Timeout\r\n"));
  CHECK(ask("") == "<closed>");
  CHECK(has(ask(request("GET /connectors")), "[]<closed>"));
}

TEST_CASE_FIXTURE(Fixture, "server: connections over the limit get 503, and one that ends makes room") {
  RestLimits limits;
  limits.connections = 2;
  serve(limits);
  auto first = std::make_unique<Client>(server->port());
  Client second(server->port());
  for (Client* caller : {first.get(), &second}) {
    caller->send(request("GET /connectors"));
    CHECK(has(caller->read_until("[]"), "HTTP/1.1 200"));
  }
  CHECK(has(Client(server->port()).read_all(), "HTTP/1.1 503 Service Unavailable\r\n"));
  first.reset();
  bool served = false;
  for (int i = 0; i < 1000 && !served; ++i) served = has(ask(request("GET /connectors", "Connection: close\r\n")), "HTTP/1.1 200");
  CHECK(served);
}

TEST_CASE_FIXTURE(Fixture, "s14: of ten thousand sockets from this machine 128 stand, the rest is told, and then all is as before") {
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 128; ++i) {
    crowd.push_back(std::make_unique<Client>(server->port()));
    crowd.back()->send("GET / HTTP/1.1\r\nX: ");  // slowloris
  }
  int refused = 0;
  for (int i = 0; i < 10'000 - 128; ++i) refused += has(Client(server->port()).read_all(), "HTTP/1.1 503 ");
  CHECK(refused == 10'000 - 128);
  crowd.clear();
  bool served = false;
  for (int i = 0; i < 1000 && !served; ++i) served = has(ask(request("GET /connectors", "Connection: close\r\n")), "HTTP/1.1 200");
  CHECK(served);
}

TEST_CASE_FIXTURE(Fixture, "server: what hides behind a smuggled request is never answered") {
  const std::string hidden = request("DELETE /connectors/a");
  const std::string post = "POST /connectors HTTP/1.1\r\n" + kHost + "Content-Type: application/json\r\n";
  const std::string cases[] = {
      post + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + hidden,
      post + "Content-Length: 0\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden,
      post + "Transfer-Encoding: xchunked\r\n\r\n" + hidden,
      post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
      "GET / HTTP/1.1\r\n" + kHost + "X: y\n\r\n\r\n" + hidden,
  };
  for (const std::string& bytes : cases) {
    runs("a");
    const std::string answer = ask(bytes);
    CHECK(answer.starts_with("HTTP/1.1 400 "));
    CHECK(answer.find("HTTP/1.1", 1) == std::string::npos);
    CHECK(supervisor.remove("a").kind == CommandResult::Kind::done);
  }
}

TEST_CASE("server: a port in use and an address that is not ours are one clear sentence each") {
  RestServer first("127.0.0.1", 0);
  const std::string port = std::to_string(first.port());
  const auto message = [](const std::string& host, uint16_t at) -> std::string {
    try {
      RestServer second(host, at);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message("127.0.0.1", first.port()) == "REST cannot listen on 127.0.0.1:" + port +
                                                  ": another process has that port; end it or give rest.listen another port");
  CHECK(message("192.0.2.1", 8083).starts_with("REST cannot listen on 192.0.2.1:8083: "));
  CHECK(message("no such host.invalid", 8083) == "REST cannot listen on no such host.invalid: this host name is not known; correct rest.listen");
}

TEST_CASE("server: a stop lets the answer in progress go out, closes idle connections at once, and is fine before the start") {
  { RestServer never_started("127.0.0.1", 0); }
  std::promise<void> entered, go_on;
  auto server = std::make_unique<RestServer>("127.0.0.1", 0);
  const uint16_t port = server->port();
  Client early(port);  // before start: waits in the backlog
  early.send(request("GET /early", "Connection: close\r\n"));
  const auto answer = [&](const RestRequest& request) -> RestResponse {
    if (request.target == "/slow") {
      entered.set_value();
      go_on.get_future().wait();
    }
    return {200, "\"" + request.target + "\"", {}};
  };
  server->start({answer, [](const RestRequest& request) { return request.target == "/slow" ? Pace::far : Pace::at_once; }});
  CHECK(has(early.read_all(), "\"/early\""));
  Client idle(port), busy(port);
  busy.send(request("GET /slow"));
  entered.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { server.reset(); });
  go_on.set_value();
  CHECK(has(busy.read_all(), "\"/slow\"<closed>"));
  stopped.get();
  CHECK(idle.read_all().find("HTTP") == std::string::npos);
}

TEST_CASE("server: answers that take long hold up neither what is known at once nor commands") {
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on(go_on.get_future());
  RestServer server("127.0.0.1", 0);
  const auto answer = [&](const RestRequest& request) -> RestResponse {
    if (request.target == "/far") may_go_on.wait();
    return {200, "\"" + request.target + "\"", {}};
  };
  server.start({answer, [](const RestRequest& request) {
                  return request.target == "/far" ? Pace::far : request.target == "/command" ? Pace::command : Pace::at_once;
                }});
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 10; ++i) {
    waiting.push_back(std::make_unique<Client>(server.port()));
    waiting.back()->send(request("GET /far", "Connection: close\r\n"));
  }
  Client other(server.port());
  // Pipelined: the answers come in the order of the requests.
  other.send(request("GET /command") + request("GET /at-once", "Connection: close\r\n"));
  const std::string answers = other.read_all();
  CHECK(answers.find("\"/command\"") < answers.find("\"/at-once\""));
  CHECK(has(answers, "\"/at-once\"<closed>"));
  go_on.set_value();
  for (const auto& caller : waiting) CHECK(has(caller->read_all(), "\"/far\"<closed>"));
}

TEST_CASE_FIXTURE(Fixture, "server: events go on, one after the other, until the client goes or the server stops") {
  runs("orders");
  Client listener(server->port());
  listener.send(request("GET /sluice/v1/events"));
  const std::string first = listener.read_until("\n\n");
  CHECK(has(first, "Content-Type: text/event-stream\r\n"));
  CHECK(has(first, "Connection: close\r\n"));
  CHECK(!has(first, "Content-Length"));
  CHECK(has(first, "event: overview\ndata: {\"worker\":"));
  const std::string second = listener.read_until("\n\nevent: overview");
  CHECK(has(second, "\"name\":\"orders\""));
  // Meanwhile others are served.
  CHECK(has(ask(request("GET /health", "Connection: close\r\n")), "200 OK"));
  server.reset();
  CHECK(listener.read_all().ends_with("<closed>"));
}

TEST_CASE_FIXTURE(Fixture, "server: who only wants the head of the events gets it, and no more may listen than is allowed") {
  CHECK(ask(request("HEAD /sluice/v1/events")).ends_with("\r\n\r\n<closed>"));
  RestLimits limits;
  limits.streams = 2;
  serve(limits);
  {
    Client one(server->port()), two(server->port());
    for (Client* each : {&one, &two}) {
      each->send(request("GET /sluice/v1/events"));
      CHECK(has(each->read_until("\n\n"), "200 OK"));
    }
    CHECK(has(ask(request("GET /sluice/v1/events")), "503 Service Unavailable"));
  }
  // They have gone: their places are free again.
  std::string answer;
  for (int tries = 0; tries < 100 && !has(answer, "200 OK"); ++tries) {
    std::this_thread::sleep_for(10ms);
    Client another(server->port());
    another.send(request("GET /sluice/v1/events"));
    answer = another.read_until("\n\n");
  }
  CHECK(has(answer, "200 OK"));
}
