#include "debezium_postgres_sink/decode/envelope.h"

#include "fixture.h"

using namespace sluice::debezium;

namespace {

constexpr const char* kSource = R"("source":{"ts_ms":1,"table":"orders"})";

std::string event(const std::string& members) { return std::string("{") + kSource + "," + members + "}"; }

std::string decoded(std::optional<std::string_view> key, std::optional<std::string_view> value) {
  EnvelopeDecoder decoder;
  return outcome([&](std::string& out) {
    const Event e = decoder.decode(key, value);
    out += e.skip ? std::string("skip ") + name_of(*e.skip) : name_of(e.change.operation);
  });
}

}  // namespace

TEST_CASE("envelope: each op is an operation, in either case and in any order of the fields") {
  struct Case { std::string value; std::string operation; };
  const Case cases[] = {
      {event(R"("op":"c","before":null,"after":{"id":1})"), "INSERT"}, {event(R"("op":"u","before":null,"after":{"id":1})"), "UPDATE"},
      {event(R"("op":"r","after":{"id":1})"), "SNAPSHOT"}, {event(R"("op":"d","before":{"id":1},"after":null)"), "DELETE"},
      {event(R"("op":"t","before":null,"after":null)"), "TRUNCATE"}, {event(R"("op":"t")"), "TRUNCATE"},
      {event(R"("after":{"id":1},"op":"C")"), "INSERT"}, {event(R"("op":"D","before":{"id":1})"), "DELETE"}, {event(R"("op":"M")"), "skip message"},
      {event(R"("op":"m","message":{"prefix":"p","content":"aGVsbG8="})"), "skip message"},
      {event(R"("op":"x","after":{"id":1})"), "!envelope"}, {event(R"("op":"","after":{"id":1})"), "!envelope"},
      {event(R"("op":"create","after":{"id":1})"), "!envelope"}, {event(R"("op":1,"before":null,"after":{"id":1})"), "!envelope"},
      {event(R"("before":null,"after":{"id":1})"), "!envelope"}, {event(R"("op":"c","after":null)"), "!envelope"}, {event(R"("op":"u","before":{"id":1})"), "!envelope"},
      {event(R"("op":"c","after":[1])"), "!envelope"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(decoded(R"({"id":1})", c.value) == c.operation);
  }
}

TEST_CASE("envelope: a tombstone adds nothing, whether it is no value, the text null, or a payload of null") {
  for (const std::optional<std::string_view> key : {std::optional<std::string_view>(R"({"id":1})"), std::optional<std::string_view>()}) {
    CHECK(decoded(key, std::nullopt) == "skip tombstone");
    CHECK(decoded(key, "null") == "skip tombstone");
    CHECK(decoded(key, R"({"schema":{"type":"struct","fields":[],"optional":true},"payload":null})") == "skip tombstone");
    CHECK(decoded(key, R"({"schema":null,"payload":null})") == "skip tombstone");
  }
}

TEST_CASE("envelope: what Debezium sends beside rows is told apart, with and without schemas") {
  struct Case { std::string value; std::string skip; };
  const Case cases[] = {
      {R"({"ts_ms":1795343871766})", "skip heartbeat"},
      {R"({"schema":{"type":"struct","fields":[{"type":"int64","field":"ts_ms"}],"name":"io.debezium.connector.common.Heartbeat"},"payload":{"ts_ms":1}})",
       "skip heartbeat"},
      {R"({"status":"BEGIN","id":"771:32116552","event_count":null,"data_collections":null,"ts_ms":1})", "skip transaction"},
      {R"({"status":"END","id":"771:1","event_count":1,"data_collections":[{"data_collection":"public.orders","event_count":1}],"ts_ms":1})", "skip transaction"},
      {R"({"schema":{"type":"struct","fields":[],"name":"io.debezium.connector.common.TransactionMetadataValue"},"payload":{"status":"BEGIN"}})",
       "skip transaction"},
      {R"({"source":{},"ts_ms":1,"ddl":"ALTER TABLE","tableChanges":[]})", "skip schema_change"},
      {R"({"id":"1","aggregate_type":"Initial Snapshot","type":"STARTED","additional_data":{},"timestamp":1})", "skip notification"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(decoded(std::nullopt, c.value) == c.skip);
  }
}

TEST_CASE("envelope: what is neither a row nor known is refused, CloudEvents by name") {
  struct Case { std::string value; std::string code; };
  const Case cases[] = {
      {"", "!json"}, {"{", "!json"}, {"\xff", "!json"}, {"\"text\"", "!envelope"}, {"5", "!envelope"}, {"[]", "!envelope"}, {"{}", "!envelope"},
      {R"({"order_id":1,"amount":"AQ=="})", "!envelope"}, {R"({"order_id":1,"__deleted":"true"})", "!envelope"},
      {R"({"op":"c","source":"shop","id":1})", "!envelope"}, {R"({"op":"c","after":{"id":1}})", "!envelope"},
      {R"({"schema":"public","payload":"x","id":1})", "!envelope"}, {R"({"schema":"public","payload":"x"})", "!envelope"},
      {R"({"a":"\ud800"})", "!json"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(decoded(std::nullopt, c.value) == c.code);
  }
  EnvelopeDecoder decoder;
  CHECK_THROWS_WITH_AS(decoder.decode(std::nullopt, R"({"specversion":"1.0","id":"1","type":"io.debezium","data":{"op":"c"},"iodebeziumop":"c"})"),
                       "CloudEvents is not supported", RecordError);
}

TEST_CASE("envelope: a delete names its row by what was before, else by its key, else it is refused") {
  EnvelopeDecoder decoder;
  const Event full = decoder.decode(R"({"id":1})", event(R"("op":"d","before":{"id":1,"v":"x"})"));
  CHECK(full.change.row().row.find("v").text() == "x");

  const Event by_key = decoder.decode(R"({"schema":{"type":"struct","fields":[{"type":"int32","field":"id"}]},"payload":{"id":7}})",
                                      event(R"("op":"d","before":null)"));
  CHECK(by_key.change.key.row.find("id").text() == "7");
  REQUIRE(by_key.change.key.schema);
  CHECK(by_key.change.key.schema->find("id")->type == "int32");

  for (const std::optional<std::string_view> key : {std::optional<std::string_view>(), std::optional<std::string_view>("null"), std::optional<std::string_view>("5")}) {
    CHECK(decoded(key, event(R"("op":"d","before":null)")) == "!envelope");
    CHECK(decoded(key, event(R"("op":"d")")) == "!envelope");
  }
  CHECK(decoded("{", event(R"("op":"d","before":null)")) == "!json");
}

TEST_CASE("envelope: a key of the columns schema and payload is a key") {
  EnvelopeDecoder decoder;
  const Event e = decoder.decode(R"({"schema":"public","payload":3})", event(R"("op":"d","before":null)"));
  CHECK(e.change.key.row.find("schema").text() == "public");
  CHECK(e.change.key.row.find("payload").text() == "3");
}

TEST_CASE("envelope: a row may have columns named op, source, schema, payload, before and after") {
  EnvelopeDecoder decoder;
  const Event e = decoder.decode(std::nullopt, event(R"("op":"c","after":{"op":"d","source":{},"schema":1,"payload":2,"before":3,"after":4})"));
  CHECK(e.change.operation == Operation::insert);
  CHECK(e.change.row().row.find("after").text() == "4");
}

TEST_CASE("envelope: with schemas, each image has the schema of its own fields") {
  const std::string fields = R"("fields":[{"type":"int32","field":"id"}],"optional":true)";
  const std::string block = R"({"type":"struct","fields":[{"type":"struct",)" + fields + R"(,"field":"before"},{"type":"struct",)" + fields +
                            R"(,"field":"after"}]})";
  EnvelopeDecoder decoder;
  const std::string value = "{\"schema\":" + block + ",\"payload\":" + event(R"("op":"c","after":{"id":1})") + "}";
  const Event e = decoder.decode(std::nullopt, value);
  REQUIRE(e.change.after.schema);
  CHECK(e.change.after.schema->find("id")->type == "int32");
  CHECK_FALSE(e.change.before.row.exists());
}
