#include "debezium_postgres_sink/decode/envelope.h"

#include "envelope_text.h"

using namespace sluice::debezium;

TEST_CASE("envelope: each op is an operation, in either case and in any order of the fields") {
  struct Case { std::string value; std::string operation; };
  const Case cases[] = {
      {event(R"("op":"c","before":null,"after":{"id":1})"), "INSERT"}, {event(R"("op":"u","before":null,"after":{"id":1})"), "UPDATE"},
      {event(R"("op":"r","after":{"id":1})"), "SNAPSHOT"}, {event(R"("op":"d","before":{"id":1},"after":null)"), "DELETE"},
      {event(R"("after":{"id":1},"op":"C")"), "INSERT"}, {event(R"("op":"D","before":{"id":1})"), "DELETE"}, {event(R"("op":"M")"), "skip message"},
      {event(R"("op":"m","message":{"prefix":"p","content":"aGVsbG8="})"), "skip message"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(decoded(R"({"id":1})", c.value) == c.operation);
  }
}

TEST_CASE("envelope: E9: what an envelope lacks, or has wrong, is named") {
  struct Case { std::string value; std::string problem; };
  const std::string image = R"("after":{"id":1})";
  const Case cases[] = {
      {event(R"("before":null,)" + image), "its \"op\" is missing"}, {event(R"("op":null,)" + image), "its \"op\" is missing"},
      {event(R"("before":null,"after":null)"), "its \"op\" is missing"},
      {event(R"("op":"x",)" + image), "its \"op\" is none of c, u, r, d, t and m"}, {event(R"("op":"",)" + image), "its \"op\" is none of c, u, r, d, t and m"},
      {event(R"("op":"create",)" + image), "its \"op\" is none of c, u, r, d, t and m"}, {event(R"("op":1,)" + image), "its \"op\" is none of c, u, r, d, t and m"},
      {event(R"("op":"c","after":null)"), "its \"after\" is missing"}, {event(R"("op":"u","before":{"id":1})"), "its \"after\" is missing"},
      {event(R"("op":"r")"), "its \"after\" is missing"}, {event(R"("op":"c","after":[1])"), "its \"after\" is missing"},
      {R"({"op":"c",)" + image + "}", "its \"source\" is missing: without it, it is no Debezium envelope"},
      {named("s.public.t.Envelope", R"({"before":null,"after":null})"), "its \"op\" is missing"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    EnvelopeDecoder decoder;
    CHECK_THROWS_WITH_AS(decoder.decode(R"({"id":1})", c.value), c.problem.c_str(), RecordError);
  }
}

TEST_CASE("envelope: E9: what is no JSON object is refused") {
  for (const std::string value : {"", "{", "\xff", R"({"a":"\ud800"})"}) {
    CAPTURE(value);
    CHECK(decoded(std::nullopt, value) == "!json");
  }
  for (const std::string value : {"\"text\"", "5", "[]", "{}", R"({"schema":null,"payload":5})", R"({"schema":{"type":"struct"},"payload":{}})"}) {
    CAPTURE(value);
    CHECK(decoded(R"({"id":1})", value) == "!envelope");
  }
}

TEST_CASE("envelope: a truncate needs no key, and its images may be null or missing") {
  for (const std::string members : {R"("op":"t","before":null,"after":null)", R"("op":"t")", R"("op":"T","after":null)"}) {
    CAPTURE(members);
    CHECK(decoded(std::nullopt, event(members)) == "TRUNCATE");
  }
}

TEST_CASE("envelope: G2: a snapshot row is told by its op, however source.snapshot is written") {
  for (const std::string snapshot : {R"("snapshot":"true",)", R"("snapshot":"first_in_data_collection",)", R"("snapshot":"incremental",)",
                                     R"("snapshot":true,)", R"("snapshot":false,)", R"("snapshot":null,)", ""}) {
    CAPTURE(snapshot);
    CHECK(decoded(std::nullopt, R"({"source":{)" + snapshot + R"("ts_ms":1},"op":"r","after":{"id":1}})") == "SNAPSHOT");
    CHECK(decoded(std::nullopt, R"({"source":{)" + snapshot + R"("ts_ms":1},"op":"c","after":{"id":1}})") == "INSERT");
  }
}

namespace {

const std::string kNoValues[] = {"null", R"({"schema":{"type":"struct","fields":[],"optional":true},"payload":null})", R"({"schema":null,"payload":null})"};

// The answer for a record without a value, in each of its forms, which has to be the same.
std::string tombstone(std::optional<std::string_view> key) {
  const std::string answer = decoded(key, std::nullopt);
  for (const std::string& value : kNoValues) {
    CAPTURE(value);
    CHECK(decoded(key, value) == answer);
  }
  return answer;
}

}  // namespace

TEST_CASE("envelope: A4, A6: a tombstone removes the row that its key names, whether it is no value, the text null, or a payload of null") {
  const std::string enveloped = R"({"schema":{"type":"struct","fields":[{"type":"int32","field":"id"}]},"payload":{"id":7}})";
  for (const std::string& key : {std::string(R"({"id":7})"), enveloped}) CHECK(tombstone(key) == "DELETE tombstone");

  EnvelopeDecoder decoder;
  const Event e = decoder.decode(enveloped, std::nullopt);
  CHECK(e.change.key.row.find("id").text() == "7");
  REQUIRE(e.change.key.schema);
  CHECK(e.change.key.schema->find("id")->type == "int32");
  CHECK_FALSE(e.change.row().row.exists());
  CHECK_FALSE(e.change.source_time_us());
  CHECK_FALSE(e.change.lsn());
  CHECK(e.change.source_table().empty());
}

TEST_CASE("envelope: A5: a tombstone without a key is none of a row") {
  CHECK(tombstone(std::nullopt) == "skip tombstone");
  for (const char* key : {"", "null", R"({"schema":null,"payload":null})", R"({"schema":{"type":"struct","optional":true},"payload":null})"}) {
    CAPTURE(key);
    CHECK(tombstone(key) == "skip tombstone");
  }
}

TEST_CASE("envelope: a tombstone whose key names no row is refused") {
  for (const char* key : {"Struct{id=1}", "\"1\"", "5", "[1]", "{}", R"({"schema":{"type":"int32"},"payload":5})"}) {
    CAPTURE(key);
    CHECK(tombstone(key) == "!envelope");
  }
  CHECK(tombstone("{") == "!json");
}

TEST_CASE("envelope: A10: a delete names its row by what was before, else by its key, else it is refused") {
  EnvelopeDecoder decoder;
  const Event full = decoder.decode(R"({"id":1})", event(R"("op":"d","before":{"id":1,"v":"x"})"));
  CHECK(full.change.row().row.find("v").text() == "x");

  for (const std::string before : {R"(,"before":null)", "", R"(,"before":{})"}) {
    CAPTURE(before);
    const Event by_key = decoder.decode(R"({"schema":{"type":"struct","fields":[{"type":"int32","field":"id"}]},"payload":{"id":7}})",
                                        event(R"("op":"d")" + before));
    CHECK(by_key.change.key.row.find("id").text() == "7");
    REQUIRE(by_key.change.key.schema);
    CHECK(by_key.change.key.schema->find("id")->type == "int32");

    CHECK(decoded(std::nullopt, event(R"("op":"d")" + before)) == "!envelope");
    for (const char* key : {"null", "5", "{}", "Struct{id=1}", R"({"schema":null,"payload":null})"}) {
      CAPTURE(key);
      CHECK(decoded(key, event(R"("op":"d")" + before)) == "!envelope");
    }
    CHECK(decoded("{", event(R"("op":"d")" + before)) == "!json");
  }
  CHECK(decoded("Struct{id=1}", event(R"("op":"d","before":{"id":1})")) == "DELETE");
}

TEST_CASE("envelope: keys of inserts and updates are decoded only for who asks") {
  const std::string values[] = {event(R"("op":"c","after":{"id":1})"), event(R"("op":"u","after":{"id":1})"), event(R"("op":"r","after":{"id":1})"), R"({"id":1})"};
  for (const std::string& value : values) {
    CAPTURE(value);
    EnvelopeDecoder without, with(true);
    CHECK_FALSE(without.decode(R"({"id":7})", value).change.key.row.exists());
    CHECK(with.decode(R"({"id":7})", value).change.key.row.find("id").text() == "7");
    CHECK(with.decode(R"( {"schema":null,"payload":{"id":8}})", value).change.key.row.find("id").text() == "8");
    CHECK_FALSE(with.decode(std::nullopt, value).change.key.row.exists());
    for (const char* key : {"null", "5", "7-a", "[7]", "{}"}) CHECK_FALSE(with.decode(key, value).change.key.row.exists());
  }
}

TEST_CASE("envelope: a key of the columns schema and payload is a key") {
  EnvelopeDecoder decoder;
  const Event e = decoder.decode(R"({"schema":"public","payload":3})", event(R"("op":"d","before":null)"));
  CHECK(e.change.key.row.find("schema").text() == "public");
  CHECK(e.change.key.row.find("payload").text() == "3");
}

TEST_CASE("envelope: G6: a row may have columns named op, source, schema, payload, before, after and __deleted") {
  EnvelopeDecoder decoder;
  const Event e = decoder.decode(std::nullopt, event(R"("op":"c","after":{"op":"d","source":{},"schema":1,"payload":2,"before":3,"after":4,"__deleted":"true"})"));
  CHECK(e.change.operation == Operation::insert);
  CHECK_FALSE(e.change.flattened);
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

TEST_CASE("envelope: what a change says about itself is in its source block") {
  EnvelopeDecoder decoder;
  const Event e = decoder.decode(std::nullopt, R"({"op":"c","after":{"lsn":1},"source":{"ts_ms":1,"ts_us":2345,"lsn":32237456,"txId":791,"schema":"s","table":"Odd \"Name"},"ts_ms":9})");
  CHECK(e.change.source_time_us() == 2345);
  CHECK(e.change.event_time_us() == 9000);
  CHECK(e.change.lsn() == 32237456);
  CHECK(e.change.transaction_id() == 791);
  CHECK(e.change.source_schema() == "s");
  CHECK(e.change.source_table() == "Odd \"Name");
}

TEST_CASE("envelope: G7: rows of one transaction have one transaction id, though the transaction block's differ") {
  struct Case { std::string name; std::string members; std::optional<int64_t> id; };
  const Case cases[] = {
      {"first row", R"("source":{"txId":791},"transaction":{"id":"791:32237456","total_order":1})", 791},
      {"second row", R"("source":{"txId":791},"transaction":{"id":"791:32237520","total_order":2})", 791},
      {"no txId", R"("source":{"txId":null},"transaction":{"id":"791:32237584"})", 791},
      {"neither", R"("source":{},"transaction":null)", std::nullopt},
      {"no number", R"("source":{},"transaction":{"id":"x:1"})", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    EnvelopeDecoder decoder;
    CHECK(decoder.decode(std::nullopt, R"({"op":"c","after":{"id":1},)" + c.members + "}").change.transaction_id() == c.id);
  }
}
