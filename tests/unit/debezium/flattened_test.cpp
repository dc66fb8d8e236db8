// Records that ExtractNewRecordState made, by its version and its way with deletes.
#include "envelope_text.h"

using namespace sluice::debezium;

TEST_CASE("flattened: each way of writing changes and deletes is one operation") {
  struct Case { std::string name; std::optional<std::string> value; std::string operation; };
  const Case cases[] = {
      {"insert or update, no fields added", R"({"id":1,"v":"x"})", "UPDATE flattened"},
      {"the same, with a schema", named("dbserver1.public.t.Value", R"({"id":1,"v":"x"})"), "UPDATE flattened"},
      {"2.4 none, 2.5 tombstone: delete", "null", "DELETE tombstone"},
      {"the same, with a schema", R"({"schema":{"type":"struct","name":"dbserver1.public.t.Value"},"payload":null})", "DELETE tombstone"},
      {"2.5 delete-to-tombstone: delete", std::nullopt, "DELETE tombstone"},
      {"rewrite: insert or update", R"({"id":1,"v":"x","__deleted":"false"})", "UPDATE flattened"},
      {"rewrite: delete", R"({"id":1,"v":"x","__deleted":"true"})", "DELETE flattened"},
      {"rewrite: delete under REPLICA IDENTITY DEFAULT", R"({"id":1,"v":null,"__deleted":"true"})", "DELETE flattened"},
      {"rewrite, cast to a boolean: delete", R"({"id":1,"__deleted":true})", "DELETE flattened"},
      {"rewrite, cast to a boolean: update", R"({"id":1,"__deleted":false})", "UPDATE flattened"},
      {"__deleted null", R"({"id":1,"__deleted":null})", "UPDATE flattened"},
      {"__deleted of another making", R"({"id":1,"__deleted":"yes"})", "!envelope"},
      {"__deleted a number", R"({"id":1,"__deleted":1})", "!envelope"},
      {"add.fields=op: insert", R"({"id":1,"__op":"c"})", "INSERT flattened"},
      {"add.fields=op: update", R"({"id":1,"__op":"u","__deleted":"false"})", "UPDATE flattened"},
      {"add.fields=op: snapshot", R"({"id":1,"__op":"r"})", "SNAPSHOT flattened"},
      {"add.fields=op: delete", R"({"id":1,"__op":"d"})", "DELETE flattened"},
      {"add.fields=op: delete, rewritten", R"({"id":1,"__deleted":"true","__op":"d"})", "DELETE flattened"},
      {"op in upper case", R"({"id":1,"__op":"C"})", "INSERT flattened"},
      {"op null", R"({"id":1,"__op":null,"__deleted":"true"})", "DELETE flattened"},
      {"an op that is none", R"({"id":1,"__op":"x"})", "!envelope"},
      {"a truncate cannot be flattened", R"({"id":1,"__op":"t"})", "!envelope"},
      {"add.fields=op:OPERATION is a column", R"({"id":1,"OPERATION":"d"})", "UPDATE flattened"},
      {"a column op is a column", R"({"id":1,"op":"d"})", "UPDATE flattened"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(decoded(R"({"id":1})", c.value) == c.operation);
  }
}

TEST_CASE("flattened: a rewritten delete is the row as it was sent, and its key") {
  EnvelopeDecoder decoder;
  const Event e = decoder.decode(R"({"id":1})", named("dbserver1.public.t.Value", R"({"id":1,"v":"x","__deleted":"true"})"));
  CHECK(e.change.before.row.find("v").text() == "x");
  CHECK(e.change.before.schema == e.change.schema);
  CHECK(e.change.key.row.find("id").text() == "1");
  CHECK_FALSE(e.change.after.row.exists());
  CHECK(decoded(std::nullopt, R"({"id":1,"v":"x","__deleted":"true"})") == "DELETE flattened");
}

TEST_CASE("flattened: what is no delete has its row after the change") {
  EnvelopeDecoder decoder;
  const Event e = decoder.decode(R"({"id":1})", named("dbserver1.public.t.Value", R"({"id":1,"v":"x","__deleted":"false"})"));
  CHECK(e.change.after.row.find("v").text() == "x");
  CHECK(e.change.after.schema == e.change.schema);
  CHECK_FALSE(e.change.before.row.exists());
}

TEST_CASE("flattened: the time of the source is the best that was added") {
  struct Case { std::string fields; std::optional<int64_t> us; };
  const Case cases[] = {
      {R"("__source_ts_us":1001,"__source_ts_ms":1,"__ts_ms":9)", 1001},
      {R"("__source_ts_ns":1002003,"__ts_us":9)", 1002}, {R"("__source_ts_ns":-1)", -1}, {R"("__source_ts_ns":-1000)", -1},
      {R"("__source_ts_us":null,"__source_ts_ms":1,"__ts_ms":9)", 1000},
      {R"("__ts_us":9001,"__ts_ms":9)", 9001}, {R"("__ts_ms":9)", 9000}, {R"("__source_ts_ms":9223372036854775807)", std::nullopt},
      {R"("ts_ms":5,"ts_us":5)", std::nullopt}, {R"("__source_ts_ms":"1")", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.fields);
    EnvelopeDecoder decoder;
    CHECK(decoder.decode(std::nullopt, R"({"id":1,)" + c.fields + "}").change.source_time_us() == c.us);
  }
}

TEST_CASE("flattened: position, transaction, schema and table are read by both ways of naming them") {
  for (const std::string value : {R"({"lsn":9,"__lsn":5,"__txId":791,"__schema":"s","__table":"t"})",
                                  R"({"lsn":9,"__source_lsn":5,"__source_txId":791,"__source_schema":"s","__source_table":"t"})",
                                  R"({"txId":9,"__lsn":null,"__source_lsn":5,"__transaction_id":"791:5","__schema":"s","__source_table":"t"})",
                                  R"({"txId":9,"__lsn":5,"__id":"791:5","__schema":"s","__table":"t"})"}) {
    CAPTURE(value);
    EnvelopeDecoder decoder;
    const Event e = decoder.decode(std::nullopt, value);
    CHECK(e.change.lsn() == 5);
    CHECK(e.change.transaction_id() == 791);
    CHECK(e.change.source_schema() == "s");
    CHECK(e.change.source_table() == "t");
  }
  EnvelopeDecoder decoder;
  const Event bare = decoder.decode(std::nullopt, R"({"lsn":9,"txId":9,"schema":"s","table":"t"})");
  CHECK_FALSE(bare.change.lsn());
  CHECK_FALSE(bare.change.transaction_id());
  CHECK(bare.change.source_schema().empty());
  CHECK(bare.change.source_table().empty());
}

TEST_CASE("flattened: what the transform added under its own prefix is no column, everything else is") {
  for (const char* fact : {"__deleted", "__op", "__table", "__lsn", "__ts_ms", "__ts_us", "__ts_ns", "__db", "__schema", "__name", "__txId", "__xmin", "__snapshot",
                           "__source_ts_ms", "__source_lsn", "__source_sequence", "__transaction_id", "__transaction_total_order", "__id", "__total_order",
                           "__data_collection_order", "__transaction", "__source"}) {
    CAPTURE(fact);
    CHECK(is_fact(fact));
  }
  for (const char* column : {"", "__", "op", "deleted", "_op", "___op", "__OP", "__operation", "OPERATION", "__v", "__sources", "__customer", "source_ts_ms"}) {
    CAPTURE(column);
    CHECK_FALSE(is_fact(column));
  }
}
