#include "fixture.h"

using namespace sluice::debezium;

namespace {

std::string enveloped(std::string_view field_type, std::string_view payload) {
  return R"({"schema":{"type":"struct","fields":[{"type":")" + std::string(field_type) + R"(","optional":true,"field":"v"}],"optional":false},"payload":)" +
         std::string(payload) + "}";
}

std::string decimal_block(const std::string& parameters) {
  return R"({"type":"bytes","name":"org.apache.kafka.connect.data.Decimal")" + parameters + R"(,"field":"v"})";
}

}  // namespace

TEST_CASE("schema: a logical type's name says what a value means") {
  struct Case { std::string type; std::string name; Meaning meaning; };
  const Case cases[] = {
      {"int32", "", Meaning::none}, {"string", "", Meaning::none}, {"string", "io.debezium.data.Uuid", Meaning::uuid}, {"string", "io.debezium.data.Xml", Meaning::xml},
      {"string", "io.debezium.data.Json", Meaning::json}, {"string", "io.debezium.time.Interval", Meaning::interval},
      {"string", "io.debezium.data.Enum", Meaning::enumeration}, {"string", "io.debezium.data.Ltree", Meaning::ltree},
      {"string", "io.debezium.data.Tsvector", Meaning::tsvector},
      {"bytes", "", Meaning::bytes}, {"bytes", "io.debezium.data.Bits", Meaning::bits},
      {"struct", "io.debezium.data.VariableScaleDecimal", Meaning::variable_decimal},
      {"int32", "io.debezium.time.Date", Meaning::date}, {"int32", "org.apache.kafka.connect.data.Date", Meaning::date},
      {"int32", "io.debezium.time.Time", Meaning::time_ms}, {"int32", "org.apache.kafka.connect.data.Time", Meaning::time_ms},
      {"int64", "io.debezium.time.MicroTime", Meaning::time_us}, {"int64", "io.debezium.time.NanoTime", Meaning::time_ns},
      {"int64", "io.debezium.time.Timestamp", Meaning::timestamp_ms}, {"int64", "org.apache.kafka.connect.data.Timestamp", Meaning::timestamp_ms},
      {"int64", "io.debezium.time.MicroTimestamp", Meaning::timestamp_us}, {"int64", "io.debezium.time.NanoTimestamp", Meaning::timestamp_ns},
      {"string", "io.debezium.time.IsoDate", Meaning::iso_date}, {"string", "io.debezium.time.IsoTime", Meaning::iso_time},
      {"string", "io.debezium.time.IsoTimestamp", Meaning::iso_timestamp}, {"string", "io.debezium.time.ZonedTime", Meaning::zoned_time},
      {"string", "io.debezium.time.ZonedTimestamp", Meaning::zoned_timestamp}, {"int64", "io.debezium.time.MicroDuration", Meaning::duration_us},
      {"array", "", Meaning::array}, {"map", "", Meaning::map}, {"struct", "", Meaning::composite}, {"struct", "somebody.else.Point", Meaning::composite},
      {"struct", "io.debezium.data.geometry.Point", Meaning::point}, {"struct", "io.debezium.data.geometry.Circle", Meaning::circle},
      {"struct", "io.debezium.data.geometry.Line", Meaning::line}, {"struct", "io.debezium.data.geometry.Geometry", Meaning::geometry},
      {"struct", "io.debezium.data.geometry.Geography", Meaning::geography}, {"array", "io.debezium.data.DoubleVector", Meaning::vector},
      {"array", "io.debezium.data.FloatVector", Meaning::half_vector}, {"struct", "io.debezium.data.SparseDoubleVector", Meaning::sparse_vector},
      {"struct", "io.debezium.time.StructuredDate", Meaning::structured_date}, {"struct", "io.debezium.time.StructuredTime", Meaning::structured_time},
      {"struct", "io.debezium.time.StructuredTimestamp", Meaning::structured_timestamp},
      {"struct", "io.debezium.time.StructuredZonedTime", Meaning::structured_zoned_time},
      {"struct", "io.debezium.time.StructuredZonedTimestamp", Meaning::structured_zoned_timestamp},
      {"struct", "io.debezium.time.StructuredDuration", Meaning::structured_duration},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Parsed block(std::string(R"({"type":")") + c.type + R"(","name":")" + c.name + "\"}");
    CHECK(read_schema(block.json).meaning == c.meaning);
  }
}

TEST_CASE("schema: a Decimal says its scale as a string, and is refused without a usable one") {
  CHECK(read_schema(Parsed(decimal_block(R"(,"parameters":{"scale":"2","connect.decimal.precision":"10"})")).json).scale == 2);
  CHECK(read_schema(Parsed(decimal_block(R"(,"parameters":{"scale":"-2"})")).json).scale == -2);
  for (const std::string parameters : {"", R"(,"parameters":{})", R"(,"parameters":null)", R"(,"parameters":{"scale":"two"})",
                                 R"(,"parameters":{"scale":"99999999"})"}) {
    CAPTURE(parameters);
    const Parsed block(decimal_block(parameters));
    CHECK_THROWS_AS(read_schema(block.json), RecordError);
  }
}

TEST_CASE("schema: arrays say their elements, maps their values, and a column what the source calls it") {
  const Parsed array(R"({"type":"array","items":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2","connect.decimal.precision":"10"}}})");
  const Schema numbers = read_schema(array.json);
  REQUIRE(numbers.element());
  CHECK(numbers.element()->meaning == Meaning::decimal);
  CHECK(numbers.element()->scale == 2);
  CHECK(numbers.element()->precision == 10);
  const Schema map = read_schema(Parsed(R"({"type":"map","keys":{"type":"string"},"values":{"type":"int32"}})").json);
  REQUIRE(map.items.size() == 2);
  CHECK(map.items[1].type == "int32");
  const Schema bits = read_schema(Parsed(R"({"type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"8","__debezium.source.column.type":"BIT",)"
                                         R"("__debezium.source.column.length":"8","__debezium.source.column.scale":"-2"}})").json);
  CHECK(bits.length == 8);
  CHECK(bits.source_type == "BIT");
  CHECK(bits.source_length == 8);
  CHECK(bits.source_scale == -2);
  CHECK_FALSE(read_schema(Parsed(R"({"type":"string"})").json).element());
  const Parsed unusable(R"({"type":"array","items":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal"}})");
  CHECK_THROWS_AS(read_schema(unusable.json), RecordError);
}

TEST_CASE("schema: a value with a schema block is unwrapped, whatever the order and spacing of its keys") {
  for (const std::string text : {R"({"schema":{"type":"int32"},"payload":{"a":1}})", R"({"payload":{"a":1},"schema":{"type":"int32"}})",
                           R"( { "schema" : { "type" : "int32" } , "payload" : {"a":1} } )"}) {
    CAPTURE(text);
    ConnectJson reader;
    const Payload p = reader.read(text);
    CHECK(p.json.find("a").text() == "1");
    REQUIRE(p.schema);
    CHECK(p.schema->type == "int32");
  }
}

TEST_CASE("schema: null as a schema unwraps to a payload without one") {
  ConnectJson reader;
  const Payload p = reader.read(R"({"schema":null,"payload":{"a":1}})");
  CHECK(p.json.find("a").text() == "1");
  CHECK_FALSE(p.schema);
}

TEST_CASE("schema: a row with columns named schema and payload is a row") {
  for (const std::string text : {R"({"schema":"public","payload":"x"})", R"({"schema":{"a":1},"payload":"x"})", R"({"schema":1,"payload":{"a":1}})",
                           R"({"schema":{"type":"int32"},"payload":1,"id":7})", R"({"schema":{"type":"int32"},"id":7,"payload":1})",
                           R"({"schema":{"type":"int32"}})", R"({"schema":{"type":"int32"},"schema":1})", R"({"payload":1})"}) {
    CAPTURE(text);
    ConnectJson reader;
    for (int again = 0; again < 2; ++again) {  // the cache of schemas must not change its mind
      const Payload p = reader.read(text);
      CHECK_FALSE(p.schema);
      CHECK((p.json.find("schema").exists() || p.json.find("payload").exists()));
    }
  }
}

TEST_CASE("schema: each message is read by its own block when blocks alternate in mid-stream") {
  ConnectJson reader;
  for (int i = 0; i < 5; ++i) {
    const std::string bytes = enveloped("bytes", R"({"v":"AQ=="})"), text = enveloped("string", R"({"v":"now text"})");
    const Payload first = reader.read(bytes);
    REQUIRE(first.schema);
    CHECK(first.schema->find("v")->type == "bytes");
    CHECK(first.json.find("v").text() == "AQ==");
    const Payload second = reader.read(text);
    REQUIRE(second.schema);
    CHECK(second.schema->find("v")->type == "string");
    CHECK(second.json.find("v").text() == "now text");
  }
}

TEST_CASE("schema: more blocks than are remembered are still read right, as are those that came first") {
  ConnectJson reader;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 100; ++i) {
      const std::string type = "type" + std::to_string(i);
      const Payload p = reader.read(enveloped(type, "{\"v\":" + std::to_string(i) + "}"));
      REQUIRE(p.schema);
      CHECK(p.schema->find("v")->type == type);
      CHECK(p.json.find("v").text() == std::to_string(i));
    }
}

TEST_CASE("schema: a broken block after the memory is full does no harm to the blocks that are remembered") {
  ConnectJson reader;
  for (int i = 0; i < 64; ++i) reader.read(enveloped("type" + std::to_string(i), "{}"));
  reader.read(enveloped("type0", "{}"));  // the oldest is the last one used
  const std::string broken = R"({"schema":)" + decimal_block("") + R"(,"payload":"AQ=="})";
  CHECK_THROWS_AS(reader.read(broken), RecordError);
  const std::string text = enveloped("type0", R"({"v":1})");
  CHECK(reader.read(text).schema->find("v")->type == "type0");
}

TEST_CASE("schema: a payload of null is null, and it still has its schema") {
  ConnectJson reader;
  const Payload p = reader.read(enveloped("int32", "null"));
  CHECK(p.json.is_null());
  CHECK(p.schema);
}

TEST_CASE("schema: broken JSON is refused with a code, with a known block before it too") {
  ConnectJson reader;
  reader.read(enveloped("int32", R"({"v":1})"));
  for (const std::string& text : {enveloped("int32", "{\"v\":}"), enveloped("int32", ""), enveloped("int32", "1}"), std::string("{"), std::string("\xff")}) {
    CAPTURE(text);
    CHECK(outcome([&](std::string&) { reader.read(text); }) == "!json");
  }
}
