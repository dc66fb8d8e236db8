// Offsets: what the body of a PATCH may say, who may change them when, and Connect's words for each refusal.
#include "rest/offset_edits.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;

namespace {

std::string item(const std::string& offset, const std::string& partition = R"({"kafka_topic":"orders","kafka_partition":0})") {
  return R"({"partition":)" + partition + (offset.empty() ? "" : R"(,"offset":)" + offset) + "}";
}
std::string list(const std::string& items) { return R"({"offsets":[)" + items + "]}"; }

struct Fixture : RestFixture {
  Fixture() {
    runs("c");
    REQUIRE(send("PUT", "/connectors/c/stop").status == 204);
  }
  RestResponse patch(const std::string& body) { return send("PATCH", "/connectors/c/offsets", body); }
  std::string offsets() { return get("/connectors/c/offsets").body; }
};

std::optional<OffsetEdit> edit_of(const std::string& offset) {
  const auto parsed = parse_offsets_list(list(item(offset)));
  REQUIRE(std::holds_alternative<JsonValue>(parsed));
  const auto edits = to_offset_edits(std::get<JsonValue>(parsed));
  if (std::holds_alternative<RestResponse>(edits)) return std::nullopt;
  return std::get<OffsetEdits>(edits).begin()->second;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "offsets: altered partitions are shown, those not named stay, null or nothing resets one, DELETE resets all") {
  CHECK(offsets() == R"({"offsets":[]})");
  const RestResponse altered = patch(list(item(R"({"kafka_offset":5})") + "," + item(R"({"kafka_offset":"7"})", R"({"kafka_topic":"orders","kafka_partition":"1","x":1})")));
  CHECK(altered.status == 200);
  CHECK(altered.body == R"({"message":"The offsets for this connector have been altered successfully"})");
  CHECK(patch(list(item(R"({"kafka_offset":1})") + "," + item(R"({"kafka_offset":2,"x":1})"))).status == 200);  // the last counts
  CHECK(offsets() == R"({"offsets":[{"partition":{"kafka_partition":0,"kafka_topic":"orders"},"offset":{"kafka_offset":2}},)"
                     R"({"partition":{"kafka_partition":1,"kafka_topic":"orders"},"offset":{"kafka_offset":7}}]})");
  CHECK(patch(list(item("null"))).status == 200);
  CHECK(patch(list(item(""))).status == 200);
  CHECK(offsets() == R"({"offsets":[{"partition":{"kafka_partition":1,"kafka_topic":"orders"},"offset":{"kafka_offset":7}}]})");
  const RestResponse reset = send("DELETE", "/connectors/c/offsets");
  CHECK(reset.status == 200);
  CHECK(reset.body == R"({"message":"The offsets for this connector have been reset successfully"})");
  CHECK(offsets() == R"({"offsets":[]})");
  CHECK(send("DELETE", "/connectors/c/offsets").status == 200);
}

TEST_CASE_FIXTURE(Fixture, "offsets: each refusal is a 400 in Connect's words, and nothing changes") {
  struct Case { std::string body, message; };
  const std::string good = R"({"kafka_offset":1})";
  for (const auto& [body, message] : {
           Case{"{}", "Partitions / offsets need to be provided for an alter offsets request"},
           Case{R"({"offsets":null})", "Partitions / offsets need to be provided for an alter offsets request"},
           Case{R"({"offsets":[]})", "Partitions / offsets need to be provided for an alter offsets request"},
           Case{R"({"offsets":{}})", "\\\"offsets\\\" has to be a list"},
           Case{list("null"), "Each of the offsets has to be a JSON object"},
           Case{list(item(good, "null")), "The partition for a sink connector offset cannot be null or missing"},
           Case{list(R"({"offset":{"kafka_offset":1}})"), "The partition for a sink connector offset cannot be null or missing"},
           Case{list(item(good, R"({"kafka_partition":0})")), "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'"},
           Case{list(item(good, R"({"kafka_topic":null,"kafka_partition":0})")), "Kafka topic names must be valid strings and may not be null"},
           Case{list(item(good, R"({"kafka_topic":"orders","kafka_partition":"x"})")),
                "Failed to parse the following Kafka partition value in the provided offsets: 'x'. Partition values for sink connectors need to be integers."},
           Case{list(item(good, R"({"kafka_topic":"orders","kafka_partition":-1})")), "The partition -1 is negative"},
           Case{list(item("{}")), "The offset for a sink connector should either be null or contain the key 'kafka_offset'"},
           Case{list(item(R"({"offset":1})")), "The offset for a sink connector should either be null or contain the key 'kafka_offset'"},
           Case{list(item(R"({"kafka_offset":1.5})")),
                "Failed to parse the following Kafka offset value in the provided offsets: '1.5'. Offset values for sink connectors need to be integers."},
           Case{list(item(R"({"kafka_offset":null})")), "Failed to parse the following Kafka offset value in the provided offsets: 'null'."},
           Case{list(item(R"({"kafka_offset":"99999999999999999999"})")), "Failed to parse the following Kafka offset value in the provided offsets: '99999999999999999999'."},
           Case{list(item(R"({"kafka_offset":-1})")), "The offset -1 is negative"},
           Case{list(item(R"({"kafka_offset":1,"timestamp":1})")), "either kafka_offset or timestamp, not both"},
           Case{list(item(R"("middle")")), "An offset is null, \\\"earliest\\\", \\\"latest\\\""},
           Case{list(item(good) + "," + item(good, R"({"kafka_topic":"nope","kafka_partition":0})")), "There is no topic nope in Kafka"},
       }) {
    CAPTURE(body);
    const RestResponse refused = patch(body);
    CHECK(refused.status == 400);
    CHECK(refused.body.find(message) != std::string::npos);
  }
  CHECK(offsets() == R"({"offsets":[]})");
}

TEST_CASE_FIXTURE(Fixture, "offsets: the list is looked for first, then the connector, then whether it is stopped, then each field") {
  runs("running");
  const std::string bad = list(item("{}"));
  CHECK(send("PATCH", "/connectors/none/offsets", "{}").status == 400);
  const RestResponse none = send("PATCH", "/connectors/none/offsets", bad);
  CHECK(none.status == 404);
  CHECK(none.body == R"({"error_code":404,"message":"Connector none not found"})");
  const std::string stopped = "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified "
                              "connector by issuing a 'PUT' request to the '/connectors/running/stop' endpoint";
  CHECK(send("PATCH", "/connectors/running/offsets", bad).body.find(stopped) != std::string::npos);
  CHECK(send("DELETE", "/connectors/running/offsets").body.find(stopped) != std::string::npos);
  CHECK(send("DELETE", "/connectors/running/offsets").status == 400);
  CHECK(send("DELETE", "/connectors/none/offsets").status == 404);
  CHECK(get("/connectors/none/offsets").status == 404);
  CHECK(get("/connectors/running/offsets").status == 200);
}

TEST_CASE("offsets: times are milliseconds, or ISO 8601 with a zone") {
  const auto is_time = [](const std::string& text, int64_t milliseconds) {
    CAPTURE(text);
    const auto edit = edit_of(R"({"timestamp":)" + text + "}");
    REQUIRE(edit);
    CHECK(edit->to == OffsetEdit::To::time);
    CHECK(edit->value == milliseconds);
  };
  is_time("1735689600000", 1735689600000);
  is_time(R"("1735689600000")", 1735689600000);
  is_time(R"("2025-01-01T00:00:00Z")", 1735689600000);
  is_time(R"("2025-01-01T00:00:00.25Z")", 1735689600250);
  is_time(R"("2025-01-01T00:00:00.123000Z")", 1735689600123);
  is_time(R"("2025-01-01T00:00:00.123000001Z")", 1735689600124);
  is_time(R"("2025-01-01T02:30:00+02:30")", 1735689600000);
  is_time(R"("2024-12-31 19:00:00-05:00")", 1735689600000);
  is_time(R"("2024-02-29T12:00:00z")", 1709208000000);
  for (const char* wrong : {R"("2025-01-01T00:00:00")", R"("2025-01-01")", R"("2025-02-29T00:00:00Z")", R"("2025-01-01T24:00:00Z")", R"("2025-01-01T00:00:00.Z")",
                            R"("2025-01-01T00:00:00+2:00")", R"("2025-01-01T00:00:00Z ")", R"("now")", "-1", "1.5", "null", "{}", R"("")"}) {
    CAPTURE(wrong);
    CHECK(!edit_of(std::string(R"({"timestamp":)") + wrong + "}"));
  }
  CHECK(edit_of(R"("earliest")")->to == OffsetEdit::To::earliest);
  CHECK(edit_of(R"("latest")")->to == OffsetEdit::To::latest);
}
