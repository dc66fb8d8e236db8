// /admin/loggers. The loggers are the process's, so each case leaves the levels as it found them.
#include "base/json.h"
#include "base/loggers.h"
#include "unit/connector/log_capture.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;

namespace {

struct LoggersFixture : RestFixture {
  LogCapture log;
  RestResponse put(const std::string& name, const std::string& body) { return send("PUT", "/admin/loggers/" + name, body); }
};

}  // namespace

TEST_CASE_FIXTURE(LoggersFixture, "loggers: a level that is set shows in the log at once, and only below the logger") {
  task_log().debug("before");
  CHECK(put("sluice.task", R"({"level":"debug"})").body == R"(["sluice.task"])");
  task_log().debug("after");
  connector_log().debug("another");
  CHECK(log.text() == "info logger sluice.task is set to DEBUG\ndebug after\n");
  CHECK(put("root", R"({"level":"ERROR"})").body.find("\"sluice.task\"") != std::string::npos);
  connector_log().warn("too quiet");
  CHECK(log.text().find("too quiet") == std::string::npos);
  CHECK(put("root", R"({"level":"INFO"})").status == 200);
}

TEST_CASE_FIXTURE(LoggersFixture, "loggers: they are listed with Connect's words, and when they were set") {
  const std::string list = get("/admin/loggers").body;
  CHECK(list.starts_with(R"({"root":{"level":"INFO","last_modified":)"));
  CHECK(put("sluice.kafka", R"({"level":"FATAL"})").status == 200);
  const JsonValue one = std::get<JsonValue>(parse_json(get("/admin/loggers/sluice.kafka").body));
  CHECK(one.find("level")->text == "FATAL");
  CHECK(one.find("last_modified")->text.size() == 13);
  CHECK(get("/admin/loggers/nothing.of.ours").body == R"({"error_code":404,"message":"Logger nothing.of.ours not found."})");
}

TEST_CASE_FIXTURE(LoggersFixture, "loggers: an unknown one is made, with the level of the nearest above it") {
  CHECK(put("a.b", R"({"level":"DEBUG"})").body == R"(["a.b"])");
  CHECK(put("a.b.c", R"({"level":"DEBUG","x":1})").body == "[]");
  CHECK(put("a.b", R"({"level":"OFF"})").body == R"(["a.b","a.b.c"])");
  CHECK(put("a.bc", R"({"level":"INFO"})").body == "[]");
}

TEST_CASE_FIXTURE(LoggersFixture, "loggers: what is no level is refused") {
  CHECK(put("a", R"({"level":"LOUD"})").body == R"({"error_code":404,"message":"invalid log level 'LOUD'."})");
  CHECK(put("a?scope=cluster", R"({"level":"LOUD"})").status == 404);
  for (const char* body : {R"({"level":null})", R"({"level":""})", "{}", "[]", R"({"level":{}})", "{"}) {
    CAPTURE(body);
    CHECK(put("a", body).status == 400);
  }
  CHECK(put("a?scope=Cluster", R"({"level":"INFO"})").status == 204);
  CHECK(put(std::string(201, 'a'), R"({"level":"INFO"})").status == 400);
}
