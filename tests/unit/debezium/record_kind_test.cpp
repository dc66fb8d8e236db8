// What Debezium sends beside changes, and rows that look like it.
#include "envelope_text.h"

using namespace sluice::debezium;

TEST_CASE("record kind: G1: what Debezium sends beside rows is told apart, with and without schemas") {
  const std::string common = "io.debezium.connector.common.";
  struct Case { std::string value; std::string skip; };
  const Case cases[] = {
      {R"({"ts_ms":1795343871766})", "skip heartbeat"},
      {named(common + "Heartbeat", R"({"ts_ms":1})"), "skip heartbeat"},
      {R"({"status":"BEGIN","id":"771:32116552","event_count":null,"data_collections":null,"ts_ms":1})", "skip transaction"},
      {R"({"status":"END","id":"771:1","event_count":1,"data_collections":[{"data_collection":"public.orders","event_count":1}],"ts_ms":1})", "skip transaction"},
      {named(common + "TransactionMetadataValue", R"({"status":"BEGIN"})"), "skip transaction"},
      {event(R"("op":"m","ts_ms":1,"transaction":null,"message":{"prefix":"p","content":"aGVsbG8="})"), "skip message"},
      {named("io.debezium.connector.postgresql.MessageValue", event(R"("op":"m")")), "skip message"},
      {R"({"source":{},"ts_ms":1,"databaseName":"d","ddl":"ALTER TABLE","tableChanges":[]})", "skip schema_change"},
      {named("io.debezium.connector.mysql.SchemaChangeValue", R"({"ddl":"x"})"), "skip schema_change"},
      {R"({"id":"1","aggregate_type":"Initial Snapshot","type":"STARTED","additional_data":{},"timestamp":1})", "skip notification"},
      {R"({"id":"1","aggregate_type":"Initial Snapshot","type":"STARTED","additional_data":null})", "skip notification"},
      {named(common + "Notification", R"({"id":"1"})"), "skip notification"},
      {R"({"id":"1","type":"execute-snapshot","data":{"data-collections":["public.orders"]}})", "skip signal"},
      {R"({"type":"log","data":{"message":"x"}})", "skip signal"},
      {R"({"id":"1","type":"execute-snapshot","data":"{\"type\": \"INCREMENTAL\"}"})", "skip signal"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(decoded(std::nullopt, c.value) == c.skip);
    CHECK(decoded(R"({"serverName":"dbserver1"})", c.value) == c.skip);
  }
}

TEST_CASE("record kind: G3: CloudEvents are refused by name") {
  EnvelopeDecoder decoder;
  for (const std::string value : {R"({"specversion":"1.0","id":"1","type":"io.debezium.connector.postgresql.DataChangeEvent","source":"/debezium","data":{"op":"c"},"iodebeziumop":"c"})",
                                  R"({"specversion":"1.0","id":"1","type":"x","iodebeziumop":"c"})"}) {
    CAPTURE(value);
    CHECK_THROWS_WITH_AS(decoder.decode(R"({"id":1})", value), "CloudEvents is not supported", RecordError);
  }
}

TEST_CASE("record kind: G6: a row with columns of Debezium's names is a row") {
  const std::string rows[] = {
      R"({"schema":"public","payload":"x"})", R"({"schema":"public","payload":"x","id":1})", R"({"schema":{"a":"b"},"payload":1})",
      R"({"id":1,"op":"c","source":"shop"})", R"({"id":1,"op":5,"source":{"a":"b"}})", R"({"id":1,"op":null,"source":null})",
      R"({"id":1,"op":"U","before":"{}","after":"{}"})",  // an audit table: json columns are text
      R"({"op":"c","source":{"a":"b"},"__op":"u"})", R"({"op":"c","source":{"a":"b"},"__deleted":"false"})",
      R"({"status":"BEGIN","id":"7","event_count":1})", R"({"status":"BEGIN","id":7,"event_count":null,"data_collections":null,"ts_ms":1})",
      R"({"status":"PAID","id":"7","event_count":1,"data_collections":null})",
      R"({"status":"END","id":"7","event_count":1,"data_collections":null,"owner":"x"})",
      R"({"ts_ms":null})", R"({"ts_ms":"2024-01-01T00:00:00Z"})", R"({"ts_ms":1,"id":1})",
      R"({"id":1,"ddl":"x","tableChanges":"y"})", R"({"id":"1","aggregate_type":"order","type":"paid"})",
      R"({"id":1,"aggregate_type":"order","type":"paid","additional_data":null})", R"({"id":"1","aggregate_type":"o","type":"p","additional_data":"{}"})",
      R"({"id":"1","type":"paid","data":"{}"})", R"({"id":1,"type":"execute-snapshot","data":{"a":"b"}})", R"({"id":"1","type":"log","data":null})",
      R"({"id":"1","type":"paid","data":{"a":"b"},"at":1})", R"({"specversion":1,"id":1,"type":"x","data":"y"})",
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(decoded(R"({"id":1})", row) == "UPDATE flattened");
  }
}

TEST_CASE("record kind: G6: a row of the one column ts_ms is told from a heartbeat by its key") {
  CHECK(decoded(R"({"ts_ms":5})", R"({"ts_ms":5})") == "UPDATE flattened");
  CHECK(decoded(R"({"schema":null,"payload":{"ts_ms":5}})", R"({"ts_ms":5})") == "UPDATE flattened");
  CHECK(decoded(R"({"serverName":"dbserver1"})", R"({"ts_ms":5})") == "skip heartbeat");
  CHECK(decoded("Struct{serverName=dbserver1}", R"({"ts_ms":5})") == "skip heartbeat");
  CHECK(decoded(R"({"ts_ms":5})", named("io.debezium.connector.common.Heartbeat", R"({"ts_ms":5})")) == "skip heartbeat");
}

TEST_CASE("record kind: G6: the schema's name decides before any member does") {
  const std::string rows[] = {
      R"({"ts_ms":5})", R"({"op":"c","source":{"a":"b"}})", R"({"op":"c","after":{"a":"b"}})",
      R"({"status":"BEGIN","id":"7","event_count":null,"data_collections":null,"ts_ms":1})",
      R"({"id":"1","aggregate_type":"order","type":"paid","additional_data":null})", R"({"id":"1","type":"execute-snapshot","data":"{}"})",
      R"({"specversion":"1.0","id":"1","type":"x","data":"y"})", R"({"schema":{"type":"x"},"payload":{"a":"b"}})",
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(decoded(std::nullopt, named("dbserver1.public.odd.Value", row)) == "UPDATE flattened");
  }
  CHECK(decoded(std::nullopt, named("dbserver1.public.orders.Envelope", R"({"op":"c","after":{"id":1}})")) == "INSERT");
}
