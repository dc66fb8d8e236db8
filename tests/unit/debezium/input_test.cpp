// What no recorded event and no server at hand has: PostGIS, pgvector, and the values that are refused. The rest of the type
// table is proved against the server, by tests/integration/test_type_table.py.
#include "debezium_postgres_sink/decode/input.h"

#include "debezium_postgres_sink/decode/base64.h"
#include "debezium_postgres_sink/decode/datetime.h"
#include "fixture.h"

using namespace sluice::debezium;
using namespace std::string_literals;

namespace {

ColumnType of(TypeKind kind) { return {kind, {}, {}, "target", {}}; }
ColumnType array_of(TypeKind kind) { return {TypeKind::array, {}, {}, "target[]", std::make_shared<ColumnType>(of(kind))}; }

std::string input(const std::string& value, const ColumnType& type, std::optional<Meaning> meaning = {}) {
  const Parsed parsed(value);
  Schema schema;
  schema.meaning = meaning.value_or(Meaning::none);
  return outcome([&](std::string& out) { append_input(out, parsed.json, meaning ? &schema : nullptr, type, {}); });
}

std::string geometry(const std::string& wkb, const std::string& rest = "") {
  return R"({"wkb":")" + encode_base64(wkb) + "\"" + rest + "}";
}
const std::string kEmptyCollection = "\x01\x07\x00\x00\x00\x00\x00\x00\x00"s;

}  // namespace

TEST_CASE("input: a geometry of PostGIS is its EWKB in hex, with the srid that stands beside it") {
  struct Case { const char* name; std::string value; std::string text; };
  const Case cases[] = {
      {"no srid at all", geometry(kEmptyCollection, R"(,"srid":null)"), "010700000000000000"},
      {"an srid beside it", geometry(kEmptyCollection, R"(,"srid":4326)"), "0107000020E610000000000000"},
      {"an srid within it", geometry("\x01\x07\x00\x00\x20\xE6\x10\x00\x00\x00\x00\x00\x00"s, R"(,"srid":4326)"), "0107000020E610000000000000"},
      {"big-endian", geometry("\x00\x00\x00\x00\x07\x00\x00\x00\x00"s, R"(,"srid":4326)"), "0020000007000010E600000000"},
      {"cut short", geometry("\x01\x07\x00"s), "!22P02"},
      {"no bytes", R"({"srid":4326})", "!22P02"},
      {"not base64", R"({"wkb":"?"})", "!22P02"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(input(c.value, of(TypeKind::geometry)) == c.text);
    CHECK(input(c.value, of(TypeKind::geometry), Meaning::geography) == c.text);
    CHECK(input(c.value, of(TypeKind::text), Meaning::geometry) == c.text);
  }
}

TEST_CASE("input: a shape that its target cannot be is refused, and bytes that end early are read no further") {
  const std::string point = "\x01\x01\x00\x00\x00"s + std::string(16, '\0'), line = "\x01\x02\x00\x00\x00\x01\x00\x00\x00"s + std::string(16, '\0');
  const std::string rings = "\x01\x03\x00\x00\x00\x02\x00\x00\x00"s, many = "\x01\x02\x00\x00\x00\xff\xff\xff\xff"s, none = "\x01\x02\x00\x00\x00\x00\x00\x00\x00"s;
  for (const std::string& wkb : {point, rings, many, none, line.substr(0, 20)}) CHECK(input(geometry(wkb), of(TypeKind::path)) == "!22P02");
  CHECK(input(geometry(line), of(TypeKind::lseg)) == "!22P02");
  CHECK(input(geometry(line), of(TypeKind::path)) == "[(0,0)]");
}

TEST_CASE("input: vectors are pgvector's text, and plain arrays where there is no such type") {
  CHECK(input("[1.0,-2.5E-7,3]", of(TypeKind::vector)) == "[1.0,-2.5E-7,3]");
  CHECK(input("[1.0]", of(TypeKind::vector), Meaning::vector) == "[1.0]");
  CHECK(input("[1.0,2]", of(TypeKind::text), Meaning::half_vector) == "[1.0,2]");
  CHECK(input("[1.0,2]", array_of(TypeKind::real), Meaning::vector) == "{1.0,2}");
  CHECK(input("[]", of(TypeKind::vector)) == "[]");
  CHECK(input(R"(["x"])", of(TypeKind::vector)) == "!22P02");
  const std::string sparse = R"({"dimensions":5,"vector":[[1,0.5],[3,2.0]]})";
  CHECK(input(sparse, of(TypeKind::sparse_vector)) == "{1:0.5,3:2.0}/5");
  CHECK(input(sparse, of(TypeKind::text), Meaning::sparse_vector) == "{1:0.5,3:2.0}/5");
  for (const std::string wrong : {R"({"dimensions":5})", R"({"vector":[]})", R"({"dimensions":5,"vector":[[1]]})", R"({"dimensions":5,"vector":[1]})",
                                  R"({"dimensions":5,"vector":[[]]})"}) {
    CAPTURE(wrong);
    CHECK(input(wrong, of(TypeKind::sparse_vector)) == "!22P02");
  }
}

TEST_CASE("input: C17, an element that its type refuses takes the array with it") {
  CHECK(input(R"(["x"])", array_of(TypeKind::date)) == "!22007");
  CHECK(input(R"([[1,2],[3]])", array_of(TypeKind::integer)) == "!42804");
  CHECK(input(R"(["1234"])", array_of(TypeKind::numeric)) == "?decimal.handling.mode");
  CHECK(input(R"({"a":1})", array_of(TypeKind::integer)) == "!42804");
}

TEST_CASE("input: C18, an hstore is a map of texts or the JSON text of one, and nothing else") {
  for (const std::string wrong : {R"("a=>1")", R"("[1]")", R"("null")", R"({"a":1})", R"({"a":{}})", "[]"}) {
    CAPTURE(wrong);
    CHECK(input(wrong, of(TypeKind::hstore)).front() == '!');
  }
  CHECK(input("{}", of(TypeKind::hstore)) == "");
}

TEST_CASE("input: a structured time that no calendar or clock has is refused") {
  const ColumnType timestamp = of(TypeKind::timestamp), interval = of(TypeKind::interval);
  struct Case { std::string value; const ColumnType* type; std::string text; };
  const Case cases[] = {
      {R"({"year":2024,"month":0,"day":1})", &timestamp, "!22008"}, {R"({"year":2024,"month":1,"day":32})", &timestamp, "!22008"},
      {R"({"year":2024,"month":13,"day":1})", &timestamp, "!22008"}, {R"({"hour":25,"minute":0})", &timestamp, "!22008"},
      {R"({"hour":1,"minute":60})", &timestamp, "!22008"}, {R"({"hour":1,"second":-1})", &timestamp, "!22008"},
      {R"({"hour":1,"nanos":1000000000})", &timestamp, "!22008"}, {R"({"hour":1,"nanos":1,"picoseconds":999999999999})", &timestamp, "!22008"},
      {R"({"year":2024.5,"month":1,"day":1})", &timestamp, "!22003"},
      {R"({"year":2024,"month":1,"day":1,"hour":1,"offsetSeconds":3600})", &timestamp, "!22007"},
      {R"({"year":2024,"month":1,"day":1,"hour":1,"zoneId":"Asia/Kolkata"})", &timestamp, "!22007"}, {R"({"specialValue":"NAN"})", &timestamp, "!22007"},
      {"{}", &timestamp, "!22007"}, {R"({"specialValue":null})", &timestamp, "!22007"},
      {R"({"year":0,"month":1,"day":1,"hour":1,"nanos":1000})", &timestamp, "0001-01-01 01:00:00.000001 BC"},
      {R"({"seconds":9223372036855})", &interval, "!22008"}, {R"({"hours":2147483648})", &interval, "!22008"}, {"{}", &interval, "00:00:00"},
      {R"({"months":1,"seconds":-1,"nanos":-500000000})", &interval, "1 months -00:00:01.5"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(input(c.value, *c.type) == c.text);
  }
}

TEST_CASE("input: a schema's length of a bit string is taken only where Postgres has such a type") {
  Schema schema;
  schema.meaning = Meaning::bits;
  const auto with_length = [&](int length) {
    schema.length = length;
    return outcome([&](std::string& out) { append_input(out, Parsed(R"("BQ==")").json, &schema, of(TypeKind::text), {}); });
  };
  CHECK(with_length(4) == "0101");
  CHECK(with_length(-1) == "!22026");
  CHECK(with_length(83886081) == "!22026");
  CHECK(with_length(INT32_MAX) == "101");  // unlimited
}

TEST_CASE("input: bytes of a type that Debezium does not know are its text, if they are a text") {
  CHECK(input(R"("KDEsYik=")", of(TypeKind::opaque), Meaning::bytes) == "(1,b)");
  CHECK(input(R"("KDEsYik=")", of(TypeKind::opaque)) == "(1,b)");
  CHECK(input(R"("/w==")", of(TypeKind::opaque)) == "!22021");
  CHECK(input(R"("?")", of(TypeKind::opaque)) == "!22P02");
}

TEST_CASE("input: words that a date's input function knows are no dates of Debezium's") {
  for (const std::string word : {"now", "yesterday", "epoch", "2024-01-01 00:00:00", ""})
    for (const TypeKind kind : {TypeKind::date, TypeKind::timestamp, TypeKind::timestamptz, TypeKind::timetz}) {
      CAPTURE(word);
      CHECK(input("\"" + word + "\"", of(kind)) == "!22007");
    }
}
