// The paths beyond Connect's.
#include "base/json.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;

namespace {

JsonValue parsed(const RestResponse& response) {
  REQUIRE(response.status == 200);
  return std::get<JsonValue>(parse_json(response.body));
}

}  // namespace

TEST_CASE_FIXTURE(RestFixture, "live: the overview has each connector with its state, and the worker") {
  runs("orders", 2);
  monitor.look();
  const JsonValue seen = parsed(get("/sluice/v1/overview"));
  CHECK(seen.find("worker")->find("id")->text == "127.0.0.1:8083");
  const JsonValue* connectors = seen.find("connectors");
  REQUIRE(connectors->items.size() == 1);
  const JsonValue& orders = connectors->items[0].second;
  CHECK(orders.find("name")->text == "orders");
  CHECK(orders.find("state")->text == "RUNNING");
  CHECK(orders.find("plugin")->text == "example-file-sink");
  CHECK(orders.find("tasks")->items.size() == 2);
}

TEST_CASE_FIXTURE(RestFixture, "live: one connector tells of its tasks and partitions, also right after it was made") {
  runs("orders");
  TaskFigures figures;
  figures.written = 7;
  figures.retries = 2;
  figures.partitions = {{{"t", 0}, 10, 15}, {{"t", 1}, -1, -1}};
  backend.task("orders").counts(figures);
  monitor.look();
  const JsonValue seen = parsed(get("/sluice/v1/connectors/orders"));
  const JsonValue& task = seen.find("tasks")->items[0].second;
  CHECK(task.find("records_written")->text == "7");
  CHECK(task.find("failures")->find("retry")->text == "2");
  const auto& partitions = task.find("partitions")->items;
  CHECK(partitions[0].second.find("lag")->text == "5");
  CHECK(partitions[1].second.find("position")->kind == JsonValue::Kind::null);
  runs("new");
  CHECK(get("/sluice/v1/connectors/new").status == 200);
  CHECK(get("/sluice/v1/connectors/nosuch").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "live: the history is of minutes or of hours") {
  runs("orders");
  CHECK(parsed(get("/sluice/v1/connectors/orders/history")).find("every_ms")->text == "1000");
  CHECK(parsed(get("/sluice/v1/connectors/orders/history?span=hours")).find("every_ms")->text == "60000");
  CHECK(get("/sluice/v1/connectors/orders/history?span=years").status == 400);
  CHECK(get("/sluice/v1/connectors/nosuch/history").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "live: metrics are text, to whoever takes text") {
  const RestResponse all = get("/metrics");
  CHECK(all.status == 200);
  CHECK(all.headers.at("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(send("GET", "/metrics", "", {{"accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2"}}).status == 200);
  CHECK(send("GET", "/metrics", "", {{"accept", "application/json"}}).status == 406);
}

TEST_CASE_FIXTURE(RestFixture, "letters: they are listed, shown and replayed by their places") {
  runs("orders");
  const JsonValue all = parsed(get("/sluice/v1/connectors/orders/dead-letters"));
  REQUIRE(all.find("letters")->items.size() == 2);
  CHECK(all.find("letters")->items[0].second.find("origin")->text == "orders-0@7");
  CHECK(all.find("letters")->items[1].second.find("origin")->kind == JsonValue::Kind::null);
  CHECK(parsed(get("/sluice/v1/connectors/orders/dead-letters?limit=1")).find("more")->text == "true");
  CHECK(parsed(get("/sluice/v1/connectors/orders/dead-letters/dlq-0@1")).find("value")->text == "value");
  CHECK(get("/sluice/v1/connectors/orders/dead-letters/dlq-0@9").status == 404);
  const JsonValue done = parsed(send("POST", "/sluice/v1/connectors/orders/dead-letters/replay", R"({"letters":["dlq-0@1"],"dry_run":true})"));
  CHECK(done.find("letters")->items[0].second.find("fate")->text == "would be replayed");
}

TEST_CASE_FIXTURE(RestFixture, "letters: what is not understood replays nothing") {
  runs("orders");
  for (const char* limit : {"0", "1001", "x", "-1", ""}) CHECK(get(std::string("/sluice/v1/connectors/orders/dead-letters?limit=") + limit).status == 400);
  for (const char* body : {"{}", R"({"letters":[]})", R"({"letters":[],"dry-run":true})", R"({"letters":"all","dry_run":false})",
                           R"({"letters":[1],"dry_run":false})", R"({"letters":[],"dry_run":"false"})", "[]"})
    CHECK(send("POST", "/sluice/v1/connectors/orders/dead-letters/replay", body).status == 400);
  CHECK(get("/sluice/v1/connectors/nosuch/dead-letters").status == 404);
}

TEST_CASE_FIXTURE(RestFixture, "letters: who may only read sees that there are some, not what is in them") {
  runs("orders");
  as = {Role::read, "reader", false};
  CHECK(get("/sluice/v1/connectors/orders/dead-letters").status == 200);
  CHECK(get("/sluice/v1/connectors/orders/dead-letters/dlq-0@1").status == 403);
}

TEST_CASE_FIXTURE(RestFixture, "page: it comes with a policy that lets nothing run but itself, to whoever asks") {
  const RestResponse page = send("GET", "/ui", "", {{"accept", "text/html,application/xhtml+xml,*/*;q=0.8"}});
  CHECK(page.status == 200);
  CHECK(page.headers.at("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.body.starts_with("<!"));
  const std::string& policy = page.headers.at("Content-Security-Policy");
  CHECK(policy.starts_with("default-src 'none'; connect-src 'self'"));
  CHECK(policy.find("script-src 'sha256-") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(routes.open({"GET", "/ui", {}, ""}));
  CHECK(!routes.open({"GET", "/sluice/v1/overview", {}, ""}));
}
