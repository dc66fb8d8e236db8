// What the recorded requests do not cover.
#include "base/json.h"
#include "unit/connector/temporary_folder.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;

TEST_CASE_FIXTURE(RestFixture, "routes: the version begins with Connect's, so that clients parse it") {
  const std::string body = get("/").body;
  CHECK(body.starts_with("{\"version\":\"4.1.1-sluice-"));
  CHECK(body.ends_with("\"kafka_cluster_id\":\"fake-cluster\"}"));
}

TEST_CASE("routes: health is 503 until the declared connectors have been read") {
  FakeBackend backend;
  Supervisor supervisor{backend, "w"};
  Monitor monitor{supervisor};
  const RestHandler routes = make_routes(supervisor, backend, monitor);
  for (const char* path : {"/health", "/health/ready"}) {
    CHECK(routes({"GET", path, {}, ""}).status == 503);
    CHECK(routes({"GET", path, {}, ""}).body == R"({"status":"starting","message":"Worker is still starting up."})");
  }
  supervisor.read_files();
  CHECK(routes({"GET", "/health/ready", {}, ""}).status == 200);
}

TEST_CASE_FIXTURE(RestFixture, "routes: readiness goes red for a task that failed or hangs, and stays green for one that waits") {
  runs("orders");
  backend.task("orders").waits_for("waiting for the database: connection refused");
  (void)supervisor.restart("orders", false, false);
  CHECK(get("/health/ready").status == 200);
  backend.task("orders").hangs();
  (void)supervisor.restart("orders", false, false);
  CHECK(get("/health/ready").status == 503);
  backend.task("orders").fails("no such table");
  (void)supervisor.restart("orders", false, false);
  CHECK(get("/health/ready").body.starts_with(R"({"status":"unhealthy","message":"A task has failed)"));
  CHECK(get("/health/ready").status == 503);
  CHECK(get("/health").status == 200);
}

TEST_CASE_FIXTURE(RestFixture, "routes: a connector's whole life") {
  const std::string config = R"({"connector.class":"FileStreamSink","topics":"a","tasks.max":2,"password":"${env:SLUICE_P}"})";
  const RestResponse created = send("POST", "/connectors", R"({"name":" orders ","config":)" + config + "}");
  CHECK(created.status == 201);
  CHECK(created.headers.at("Location") == "http://127.0.0.1:8083/connectors/orders");
  CHECK(get("/connectors").body == R"(["orders"])");
  CHECK(get("/connectors/orders/config").body ==
        R"({"connector.class":"FileStreamSink","name":"orders","password":"${env:SLUICE_P}","tasks.max":"2","topics":"a"})");
  CHECK(get("/connectors/orders/status").body ==
        R"({"name":"orders","connector":{"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"0.1.0"},"tasks":[)"
        R"({"id":0,"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"0.1.0"},)"
        R"({"id":1,"state":"RUNNING","worker_id":"127.0.0.1:8083","version":"0.1.0"}],"type":"sink"})");
  CHECK(get("/connectors/orders/tasks").body.find(R"({"id":{"connector":"orders","task":1},"config":{)") != std::string::npos);
  CHECK(send("PUT", "/connectors/orders/pause").status == 202);
  CHECK(send("PUT", "/connectors/orders/resume").status == 202);
  CHECK(send("PUT", "/connectors/orders/stop").status == 204);
  CHECK(get("/connectors/orders/status").body.find(R"("state":"STOPPED")") != std::string::npos);
  CHECK(send("DELETE", "/connectors/orders").status == 204);
  CHECK(get("/connectors/orders").status == 404);
  CHECK(get("/connectors/orders/status").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "routes: a waiting task is RUNNING and says for what, on the connector too") {
  runs("orders");
  backend.task("orders").waits_for("blocked: table \"orders_fact\" has no column \"amount\" (42703)");
  (void)supervisor.restart("orders", false, false);
  const std::string condition = R"x("condition":"blocked: table \"orders_fact\" has no column \"amount\" (42703)")x";
  const std::string body = get("/connectors/orders/status").body;
  CHECK(body.find(R"({"state":"RUNNING","worker_id":"127.0.0.1:8083",)" + condition) != std::string::npos);
  CHECK(body.find(R"({"id":0,"state":"RUNNING","worker_id":"127.0.0.1:8083",)" + condition) != std::string::npos);
}

TEST_CASE_FIXTURE(RestFixture, "routes: names with slash, percent and other letters can be addressed") {
  for (const auto& [name, escaped] : std::map<std::string, std::string>{
           {"a/b", "a%2Fb"}, {"50%", "50%25"}, {"\xc3\xbc \xe2\x82\xac", "%C3%BC%20%E2%82%AC"}, {"a;b?c#d+e", "a%3Bb%3Fc%23d%2Be"}}) {
    CAPTURE(name);
    const std::string path = "/connectors/" + escaped;
    const RestResponse created = send("PUT", path + "/config", R"({"connector.class":"FileStreamSink","topics":"a"})");
    CHECK(created.status == 201);
    CHECK(created.headers.at("Location") == "http://127.0.0.1:8083" + path);
    CHECK(get(path + "/status").status == 200);
    CHECK(send("DELETE", path).status == 204);
  }
}

TEST_CASE_FIXTURE(RestFixture, "routes: requests that nobody serves are refused in Connect's shape") {
  runs("orders");
  struct Case { const char* method; std::string target; int status; };
  const Case cases[] = {
      {"GET", "/connectors/orders/offset", 404},     {"GET", "/admin", 404},        {"GET", "/connectors//status", 404},
      {"GET", "/connectors/a%zz", 400},               {"GET", "/connectors/a%00", 400},      {"GET", "/connectors/%ff", 400},
      {"GET", "/connectors/a%", 400},                 {"GET", "connectors", 400},            {"GET", "/connectors/a%c0%80", 400},
      {"TRACE", "/", 405},                            {"FOO", "/connectors", 405},           {"HEAD", "/connectors/orders/pause", 405},
      {"GET", "http://127.0.0.1:8083/connectors", 200}, {"GET", "http://127.0.0.1:8083", 200}, {"GET", "/connectors;x=1", 200},
      {"GET", "/connectors/orders;x=1/status/", 200}, {"HEAD", "/connectors/orders", 200},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    const RestResponse response = send(c.method, c.target);
    CHECK(response.status == c.status);
    if (c.status >= 400) CHECK(response.body.starts_with("{\"error_code\":" + std::to_string(c.status) + ",\"message\":\"HTTP "));
  }
  CHECK(send("DELETE", "/connectors/orders/config").headers.at("Allow") == "HEAD,GET,PUT,PATCH,OPTIONS");
  CHECK(send("GET", "/connectors/orders/stop").headers.at("Allow") == "PUT,OPTIONS");
}

TEST_CASE_FIXTURE(RestFixture, "routes: media types") {
  struct Case { std::string what; const char* method; const char* target; const char* body; std::map<std::string, std::string> headers; int status; };
  const Case cases[] = {
      {"compressed", "PUT", "/connectors/x/config", "{}", {{"content-encoding", "gzip"}}, 415},
      {"charset", "PUT", "/connectors/x/config", "{}", {{"content-type", "Application/JSON ; charset=utf-8"}}, 400},
      {"another json", "PUT", "/connectors/x/config", "{}", {{"content-type", "application/vnd.x+json"}}, 415},
      {"nothing acceptable", "GET", "/connectors", "", {{"accept", "text/html, text/plain;q=0.5"}}, 406},
      {"json excluded", "GET", "/connectors", "", {{"accept", "application/json;q=0"}}, 406},
      {"json among others", "GET", "/connectors", "", {{"accept", "text/html, application/json;q=0.1"}}, 200},
      {"any application type", "GET", "/connectors", "", {{"accept", "application/*"}}, 200},
      {"empty", "GET", "/connectors", "", {{"accept", ""}}, 200},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK(send(c.method, c.target, c.body, c.headers).status == c.status);
  }
}

TEST_CASE_FIXTURE(RestFixture, "routes: create requests of a wrong shape are 400 and say what is expected") {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"name":"a","config":{"a":"1","a":"2"}})", "a key stands twice in one object"},
      {R"({"name":"a","config":{}} x)", "malformed JSON at byte"},
      {"{\"name\":\"a\xff\"}", "malformed JSON at byte"},
      {R"({"name":["a"],"config":{}})", "\\\"name\\\" has to be a text"},
      {R"({"name":"a","config":[]})", "a create request needs \\\"config\\\", a JSON object of settings"},
      {R"({"name":"a","config":{"x":{}}})", "the value of \\\"x\\\" has to be a text, a number or a boolean, not an object"},
      {R"({"name":"a","config":{},"initial_state":"ASLEEP"})", "has to be one of RUNNING, PAUSED, STOPPED"},
      {" ", "the request has no body"},
  };
  for (const auto& [body, message] : cases) {
    CAPTURE(body);
    const RestResponse response = send("POST", "/connectors", body);
    CHECK(response.status == 400);
    CHECK(response.body.find(message) != std::string::npos);
  }
  CHECK(send("POST", "/connectors", "{\"name\":\"a\",\"config\":" + std::string(100000, '[')).status == 400);
}

TEST_CASE("routes: a connector from a file is changed only there, 409 names it") {
  const TemporaryFolder folder;
  const std::string file = folder.write("orders.yaml", "name: orders\nconnector.class: FileStreamSink\ntopics: orders\n").string();
  FakeBackend backend;
  Supervisor supervisor{backend, "w", folder.path};
  supervisor.read_files();
  Monitor monitor{supervisor};
  const RestHandler routes = make_routes(supervisor, backend, monitor);
  const auto send = [&](const std::string& method, const std::string& target, const std::string& body = "") {
    return routes({method, target, {{"host", "localhost"}, {"content-type", "application/json"}}, body});
  };
  const std::string body = R"({"connector.class":"FileStreamSink","topics":"a"})";
  for (const RestResponse& response :
       {send("PUT", "/connectors/orders/config", body), send("PATCH", "/connectors/orders/config", "{}"),
        send("DELETE", "/connectors/orders"), send("POST", "/connectors", R"({"name":"orders","config":)" + body + "}")}) {
    CHECK(response.status == 409);
    CHECK(response.body.find(file) != std::string::npos);
  }
  CHECK(send("PUT", "/connectors/orders/stop").status == 204);
}

TEST_CASE("routes: what nobody foresaw is 500 with its text, and the next request is served") {
  struct Broken : FakeBackend {
    std::vector<PluginInfo> plugins() const override { throw std::runtime_error("the catalog is gone"); }
  };
  Broken backend;
  Supervisor supervisor{backend, "w"};
  Monitor monitor{supervisor};
  const RestHandler routes = make_routes(supervisor, backend, monitor);
  CHECK(routes({"GET", "/connector-plugins", {}, ""}).body == R"({"error_code":500,"message":"the catalog is gone"})");
  CHECK(routes({"GET", "/", {}, ""}).status == 200);
}
