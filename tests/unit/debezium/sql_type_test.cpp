#include "debezium_postgres_sink/decode/sql_type.h"

#include "fixture.h"

using namespace sluice::debezium;

namespace {

// `rest`: what the block says beside its type, from a comma on.
std::string type_for(const std::string& type, const std::string& rest = "") {
  const Parsed block(R"({"type":")" + type + R"(","field":"f")" + rest + "}");
  return sql_type_of(read_schema(block.json));
}
std::string named(const char* name) { return std::string(R"(,"name":")") + name + "\""; }
std::string source(const std::string& type, int length = -1) {
  return R"(,"parameters":{"__debezium.source.column.type":")" + type + "\"" +
         (length < 0 ? "" : R"(,"__debezium.source.column.length":")" + std::to_string(length) + "\"") + "}";
}
std::string decimal(const std::string& parameters) { return named("org.apache.kafka.connect.data.Decimal") + R"(,"parameters":{)" + parameters + "}"; }
std::string bits(const std::string& parameters) { return named("io.debezium.data.Bits") + R"(,"parameters":{)" + parameters + "}"; }

}  // namespace

TEST_CASE("sql type: C5, what is made for a field holds each of its values exactly") {
  struct Case { std::string type; std::string rest; std::string sql; };
  const Case cases[] = {
      {"boolean", "", "boolean"}, {"int8", "", "smallint"}, {"int16", "", "smallint"}, {"int32", "", "integer"}, {"int64", "", "bigint"},
      {"float32", "", "real"}, {"float64", "", "double precision"}, {"string", "", "text"}, {"bytes", "", "bytea"},
      {"struct", named("io.debezium.data.VariableScaleDecimal"), "numeric"},
      {"bytes", decimal(R"("scale":"2","connect.decimal.precision":"10")"), "numeric(10,2)"}, {"bytes", decimal(R"("scale":"2")"), "numeric"},
      {"bytes", decimal(R"("scale":"-2","connect.decimal.precision":"4")"), "numeric"}, {"bytes", decimal(R"("scale":"5","connect.decimal.precision":"3")"), "numeric"},
      {"bytes", decimal(R"("scale":"2","connect.decimal.precision":"1001")"), "numeric"},
      {"bytes", bits(R"("length":"8")"), "bit(8)"}, {"bytes", bits(R"("length":"2147483647")"), "bit varying"}, {"bytes", bits(""), "bit varying"},
      {"bytes", bits(R"("length":"16","__debezium.source.column.type":"VARBIT")"), "bit varying(16)"},
      {"int32", named("io.debezium.time.Date"), "date"}, {"int64", named("io.debezium.time.MicroTime"), "time"},
      {"int64", named("io.debezium.time.MicroTimestamp"), "timestamp"}, {"int64", named("org.apache.kafka.connect.data.Timestamp"), "timestamp"},
      {"string", named("io.debezium.time.ZonedTimestamp"), "timestamptz"}, {"string", named("io.debezium.time.ZonedTime"), "timetz"},
      {"int64", named("io.debezium.time.MicroDuration"), "interval"}, {"string", named("io.debezium.time.Interval"), "interval"},
      {"struct", named("io.debezium.time.StructuredTimestamp"), "timestamp"}, {"struct", named("io.debezium.time.StructuredDuration"), "interval"},
      {"string", named("io.debezium.data.Json"), "json"}, {"string", named("io.debezium.data.Json") + source("JSONB"), "jsonb"},
      {"string", named("io.debezium.data.Json") + source("HSTORE"), "jsonb"}, {"string", named("io.debezium.data.Uuid"), "uuid"},
      {"string", named("io.debezium.data.Xml"), "xml"}, {"string", named("io.debezium.data.Enum"), "text"}, {"string", named("io.debezium.data.Ltree"), "text"},
      {"string", named("io.debezium.data.Tsvector"), "tsvector"}, {"struct", named("io.debezium.data.geometry.Point"), "point"},
      {"struct", named("io.debezium.data.geometry.Geometry"), "text"}, {"struct", named("io.debezium.data.geometry.Geometry") + source("BOX"), "box"},
      {"struct", named("io.debezium.data.geometry.Geometry") + source("GEOMETRY"), "geometry"}, {"struct", named("io.debezium.data.geometry.Circle"), "circle"},
      {"array", named("io.debezium.data.DoubleVector") + R"(,"items":{"type":"float64"})", "double precision[]"},
      {"array", named("io.debezium.data.DoubleVector") + R"(,"items":{"type":"float64"})" + source("VECTOR"), "vector"},
      {"map", R"(,"keys":{"type":"string"},"values":{"type":"string"})", "jsonb"}, {"struct", named("somebody.Row"), "jsonb"},
      {"array", R"(,"items":{"type":"int32"})", "integer[]"}, {"array", R"(,"items":{"type":"string","name":"io.debezium.data.Uuid"})", "uuid[]"},
      {"array", R"(,"items":{"type":"bytes")" + decimal(R"("scale":"2","connect.decimal.precision":"10")") + "}", "numeric(10,2)[]"},
      {"array", R"(,"items":{"type":"string"})" + source("_INET"), "inet[]"}, {"array", R"(,"items":{"type":"string"})" + source("_CITEXT"), "text[]"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.type);
    CAPTURE(c.rest);
    CHECK(type_for(c.type, c.rest) == c.sql);
  }
}

TEST_CASE("sql type: the source's own type is taken where it fits, and its length where Postgres has it") {
  struct Case { std::string type; std::string source; int length; std::string sql; };
  const Case cases[] = {
      {"string", "VARCHAR", 255, "character varying(255)"}, {"string", "VARCHAR", 2147483647, "character varying"}, {"string", "BPCHAR", 5, "character(5)"},
      {"string", "BPCHAR", -1, "text"}, {"string", "TEXT", 2147483647, "text"}, {"string", "CITEXT", -1, "text"}, {"string", "INET", -1, "inet"},
      {"string", "TSTZRANGE", -1, "tstzrange"}, {"string", "NUMERIC", 10, "numeric"}, {"string", "BYTEA", -1, "bytea"},
      {"string", "INT4; DROP TABLE t", -1, "text"}, {"float64", "NUMERIC", 38, "numeric"}, {"float64", "FLOAT8", 17, "double precision"},
      {"boolean", "BIT", 1, "bit(1)"}, {"boolean", "BOOL", 1, "boolean"}, {"int64", "OID", 10, "oid"}, {"int32", "VARCHAR", 5, "integer"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.source);
    CHECK(type_for(c.type, source(c.source, c.length)) == c.sql);
  }
}

TEST_CASE("sql type: a schema that says no type is refused, with the field's name") {
  for (const std::string type : {"", "int128", "array"}) {
    CAPTURE(type);
    try {
      type_for(type);
      FAIL("a type was made up");
    } catch (const RecordError& e) {
      CHECK(e.code == "schema");
      CHECK(mentions(e.what(), "\"f\""));
    }
  }
}
