#include "debezium_postgres_sink/decode/cell.h"

#include "fixture.h"

using namespace sluice::debezium;

namespace {

const ColumnType kAmount{TypeKind::numeric, 2, {}, "numeric(10,2)"}, kWhole{TypeKind::numeric, 0, {}, "numeric(38,0)"},
    kAny{TypeKind::numeric, {}, {}, "numeric"}, kMoney{TypeKind::money, 2, {}, "money"}, kInt{TypeKind::integer, {}, {}, "integer"},
    kReal{TypeKind::real, {}, {}, "double precision"}, kText{TypeKind::text, {}, {}, "text"}, kBool{TypeKind::boolean, {}, {}, "boolean"},
    kBytea{TypeKind::bytea, {}, {}, "bytea"}, kJson{TypeKind::json, {}, {}, "jsonb"}, kDate{TypeKind::date, {}, {}, "date"},
    kTime{TypeKind::time, {}, {}, "time without time zone"}, kTimetz{TypeKind::timetz, {}, {}, "time with time zone"},
    kTimestamp{TypeKind::timestamp, {}, {}, "timestamp without time zone"}, kTimestamptz{TypeKind::timestamptz, {}, {}, "timestamp with time zone"},
    kInterval{TypeKind::interval, {}, {}, "interval"}, kUuid{TypeKind::uuid, {}, {}, "uuid"}, kVarbit{TypeKind::bit, {}, {}, "bit varying"};

ColumnType bit(int length) { return {TypeKind::bit, {}, length, "bit"}; }

// What the value (JSON) becomes in COPY's text; see outcome() for refusals.
std::string cell(std::string_view value, const Schema* schema, const ColumnType& type, const ValueSettings& settings = {}) {
  const Parsed parsed(value);
  return outcome([&](std::string& out) { append_cell(out, parsed.json, schema, type, settings); });
}
std::string plain(std::string_view value, const ColumnType& type, const ValueSettings& settings = {}) {
  return cell(value, nullptr, type, settings);
}
std::string meant(std::string_view value, Meaning meaning, const ColumnType& type, const ValueSettings& settings = {}) {
  Schema schema;
  schema.meaning = meaning;
  return cell(value, &schema, type, settings);
}
std::string decimal(std::string_view value, int scale) {
  Schema schema;
  schema.meaning = Meaning::decimal;
  schema.scale = scale;
  return cell(value, &schema, kAmount);
}

}  // namespace

TEST_CASE("cell: null and a missing value are NULL in every column, an empty text is not") {
  for (const ColumnType& type : {kAmount, kAny, kInt, kText, kBytea, kTimestamp, kJson, bit(8)}) {
    CAPTURE(type.name);
    CHECK(plain("null", type) == "\\N");
    CHECK(meant("null", Meaning::decimal, type) == "\\N");
    std::string out;
    append_cell(out, Json(), nullptr, type, {});
    CHECK(out == "\\N");
  }
  CHECK(plain("\"\"", kText) == "");
  CHECK(plain("\"null\"", kJson) == "null");
}

TEST_CASE("cell: a decimal with a schema is exact, as base64 or as the converter's number, and text is no decimal") {
  CHECK(decimal(R"("1234")", 2) == "-26588.24");
  CHECK(decimal(R"("9999")", 2) == "-5326.11");
  CHECK(decimal(R"("AQ==")", 4) == "0.0001");  // by the schema's scale, not the column's
  CHECK(decimal("10.50", 2) == "10.50");
  CHECK(decimal("12345678901234567890.10", 2) == "12345678901234567890.10");
  for (const std::string wrong : {R"("12.34")", R"("NaN")", R"("")", "true", "{}"}) {
    CAPTURE(wrong);
    CHECK(decimal(wrong, 2) == "!22P02");
  }
}

TEST_CASE("cell: a decimal of variable scale brings its own, with and without a schema, in every mode") {
  struct Case { std::string value; std::string text; };
  const Case cases[] = {
      {R"({"scale":21,"value":"/w=="})", "-0.000000000000000000001"}, {R"({"value":"BPs=","scale":1})", "127.5"}, {R"({"scale":0,"value":"Cg=="})", "10"},
      {R"({"scale":1})", "!22P02"}, {R"({"value":"BPs="})", "!22P02"}, {R"({"scale":"1","value":"BPs="})", "!22P02"},
      {R"({"scale":1.5,"value":"BPs="})", "!22P02"}, {R"({"scale":99999,"value":"BPs="})", "!22P02"}, {R"({"scale":1,"value":5})", "!22P02"}, {"{}", "!22P02"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(meant(c.value, Meaning::variable_decimal, kAny) == c.text);
    for (const DecimalMode mode : {DecimalMode::unset, DecimalMode::precise, DecimalMode::string}) CHECK(plain(c.value, kAny, {.decimals = mode}) == c.text);
  }
}

TEST_CASE("cell: a schema's text or double in a numeric column is taken as written, with Postgres's words for the specials") {
  struct Case { std::string value; std::string text; };
  const Case cases[] = {
      {R"("0.00")", "0.00"}, {R"("-1.000000000000000000")", "-1.000000000000000000"}, {"-9.999999999E7", "-9.999999999E7"}, {"1.0E-4", "1.0E-4"},
      {R"("NAN")", "NaN"}, {R"("NaN")", "NaN"}, {R"("POSITIVE_INFINITY")", "Infinity"}, {R"("NEGATIVE_INFINITY")", "-Infinity"},
      {R"("Infinity")", "Infinity"}, {R"("-Infinity")", "-Infinity"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(meant(c.value, Meaning::none, kAmount) == c.text);
  }
}

TEST_CASE("cell: a decimal without a schema is read by the mode, and without a mode only where one mode can have written it") {
  using enum DecimalMode;
  struct Case { std::string value; DecimalMode mode; const ColumnType* type; std::string text; };
  const Case cases[] = {
      // a scale above 0: a point tells text from base64
      {R"("1234")", unset, &kAmount, "-26588.24"}, {R"("9999")", unset, &kAmount, "-5326.11"}, {R"("12.34")", unset, &kAmount, "12.34"},
      {R"("-0.01")", unset, &kAmount, "-0.01"}, {R"("1234")", precise, &kAmount, "-26588.24"}, {R"("1234")", string, &kAmount, "1234"},
      {R"("1234")", number, &kAmount, "1234"}, {R"("12.34")", precise, &kAmount, "!22P02"}, {R"("AQ==")", string, &kAmount, "!22P02"},
      {R"("")", unset, &kAmount, "!22P02"}, {R"("")", string, &kAmount, "!22P02"}, {R"("a.b")", unset, &kAmount, "!22P02"},
      {R"("12,34")", unset, &kAmount, "!22P02"},
      // scale 0 and no scale at all
      {R"("1234")", unset, &kWhole, "?decimal.handling.mode"}, {R"("1234")", precise, &kWhole, "-2658824"}, {R"("1234")", string, &kWhole, "1234"},
      {R"("1234")", unset, &kAny, "?decimal.handling.mode"}, {R"("1234")", precise, &kAny, "?decimal.handling.mode"}, {R"("12.5")", string, &kAny, "12.5"},
      {R"("12.5")", unset, &kAny, "?decimal.handling.mode"},
      // numbers need no mode
      {"10.50", unset, &kAmount, "10.50"}, {"9.999999999E7", unset, &kAmount, "9.999999999E7"}, {"1.0E38", unset, &kWhole, "1.0E38"}, {"5", precise, &kAny, "5"},
      // specials: in every mode, but for the one that is also base64
      {R"("NaN")", unset, &kAny, "NaN"}, {R"("NAN")", string, &kAny, "NaN"}, {R"("NAN")", precise, &kAmount, "NaN"},
      {R"("POSITIVE_INFINITY")", unset, &kAny, "Infinity"}, {R"("NEGATIVE_INFINITY")", precise, &kAmount, "-Infinity"},
      {R"("-Infinity")", number, &kAny, "-Infinity"}, {R"("Infinity")", number, &kAny, "Infinity"},
      {R"("Infinity")", precise, &kAmount, "378982984692.34"}, {R"("Infinity")", unset, &kAny, "?decimal.handling.mode"}, {R"("Infinity")", string, &kAny, "!22P02"},
      // no decimals at all
      {"{}", unset, &kAmount, "!22P02"}, {"[1]", unset, &kAmount, "!42804"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CAPTURE(int(c.mode));
    CAPTURE(c.type->name);
    CHECK(plain(c.value, *c.type, {.decimals = c.mode}) == c.text);
  }
}

TEST_CASE("cell: money reads no exponents, so that they are written out") {
  CHECK(plain("9.999999999E7", kMoney) == "99999999.99");
  CHECK(meant("-9.223372036854776E16", Meaning::none, kMoney) == "-92233720368547760");
  CHECK(meant(R"("2.6107272546E9")", Meaning::none, kMoney) == "2610727254.6");  // a snapshot's, in the mode `string`
  CHECK(plain(R"("2.6107272546E9")", kMoney, {.decimals = DecimalMode::string}) == "2610727254.6");
  CHECK(plain("12.5", kMoney) == "12.5");
  CHECK(plain(R"("gAAAAAAAAAA=")", kMoney) == "-92233720368547758.08");
  CHECK(plain("1E-2000", kMoney) == "!22003");
}

TEST_CASE("cell: C21, integers are exact, whole numbers are made integers, fractions are refused") {
  struct Case { std::string value; std::string text; };
  const Case cases[] = {
      {"-32768", "-32768"}, {"2147483648", "2147483648"}, {"9223372036854775807", "9223372036854775807"}, {"-9223372036854775808", "-9223372036854775808"},
      {"9007199254740993", "9007199254740993"}, {"5.0", "5"}, {"1E3", "1000"}, {"4294967295", "4294967295"}, {"5.5", "!22P02"}, {"1E-1", "!22P02"},
      {"[1]", "!42804"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(plain(c.value, kInt) == c.text);
    CHECK(meant(c.value, Meaning::none, kInt) == c.text);
  }
}

TEST_CASE("cell: C23, floats keep their shortest form, their sign of zero and their specials") {
  for (const std::string value : {"3.3", "-3.4E38", "-1.7976931348623157E308", "1.0E300", "-0.0", "4.9E-324", "5.0"}) CHECK(plain(value, kReal) == value);
  CHECK(plain(R"("NaN")", kReal) == "NaN");
  CHECK(plain(R"("Infinity")", kReal) == "Infinity");
  CHECK(plain(R"("-Infinity")", kReal) == "-Infinity");
}

TEST_CASE("cell: booleans are t and f, and digits in a column of bits") {
  CHECK(plain("true", kBool) == "t");
  CHECK(plain("false", kBool) == "f");
  CHECK(plain("true", bit(1)) == "1");
  CHECK(meant("false", Meaning::none, bit(1)) == "0");
}

TEST_CASE("cell: C14, bits are turned round and filled up to the column's length, or left minimal where it has none") {
  struct Case { std::string base64; ColumnType type; std::string text; };
  const Case cases[] = {
      {"sw==", bit(8), "10110011"}, {"", bit(8), "00000000"}, {"Aw==", bit(2), "11"}, {"QA==", bit(7), "1000000"}, {"AQ==", bit(7), "0000001"},
      {"AAAAAAAAAIA=", bit(64), "1" + std::string(63, '0')}, {"AAE=", bit(9), "100000000"},
      {"BQ==", kVarbit, "101"}, {"", kVarbit, ""}, {"AAAAAAE=", kVarbit, "1" + std::string(32, '0')},
      {"AQ==", bit(1'000'008), std::string(1'000'007, '0') + "1"}, {"AQ==", bit(1'000'009), "!22026"}, {"AQ==", bit(83'886'080), "!22026"},
      {"sw==", bit(7), "!22026"}, {"sw", bit(8), "!22P02"}, {"12.3", bit(8), "!22P02"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.base64);
    const std::string value = "\"" + std::string(c.base64) + "\"";
    CHECK(plain(value, c.type) == c.text);
    CHECK(meant(value, Meaning::bits, c.type) == c.text);
  }
  CHECK(meant("5", Meaning::bits, bit(8)) == "!22P02");
}

TEST_CASE("cell: bytes are read by the mode, and none is not NULL") {
  using enum BinaryMode;
  struct Case { std::string value; BinaryMode mode; std::string text; };
  const Case cases[] = {
      {"3q2+7wA=", bytes, R"(\\xdeadbeef00)"}, {"", bytes, R"(\\x)"}, {"3q2+7wA=", base64, R"(\\xdeadbeef00)"},
      {"3q2-7wA=", base64_url_safe, R"(\\xdeadbeef00)"}, {"3q2-7wA=", base64, "!22P02"}, {"3q2+7wA=", base64_url_safe, "!22P02"},
      {"deadbeef00", hex, R"(\\xdeadbeef00)"}, {"DEADBEEF00", hex, R"(\\xdeadbeef00)"}, {"", hex, R"(\\x)"}, {"abc", hex, "!22P02"}, {"zz", hex, "!22P02"},
      {"\\\\x00", hex, "!22P02"}, {"deadbeef00", bytes, "!22P02"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    const std::string value = "\"" + std::string(c.value) + "\"";
    CHECK(plain(value, kBytea, {.binary = c.mode}) == c.text);
    CHECK(meant(value, Meaning::none, kBytea, {.binary = c.mode}) == c.text);  // base64 and hex modes send a plain string
  }
  // A schema that says bytes is base64 whatever the mode.
  CHECK(meant(R"("3q2+7wA=")", Meaning::bytes, kBytea, {.binary = hex}) == R"(\\xdeadbeef00)");
  CHECK(meant("5", Meaning::bytes, kBytea) == "!22P02");
}

TEST_CASE("cell: text arrives as it was sent, with COPY's escapes for what COPY would take for its own") {
  struct Case { std::string value; std::string text; };
  const Case cases[] = {
      {R"("tab\tnl\nbs\\ cr\r end")", R"(tab\tnl\nbs\\ cr\r end)"}, {R"("\\N")", R"(\\N)"}, {R"("\\.")", R"(\\.)"}, {R"("\\")", R"(\\)"},
      {R"("\t")", R"(\t)"}, {R"("'\"`$1")", "'\"`$1"}, {R"("\uD83D\uDE00 Ünïcode 日本")", "😀 Ünïcode 日本"}, {R"("\b\f\u000b\u0001\u007f")", "\b\f\v\x01\x7f"},
      {R"("\u2028\ufeff")", "\xe2\x80\xa8\xef\xbb\xbf"}, {R"("ab   ")", "ab   "}, {R"("NULL")", "NULL"},
      {R"("a\u0000b")", "!22021"}, {R"("\u0000")", "!22021"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(plain(c.value, kText) == c.text);
    CHECK(meant(c.value, Meaning::none, kText) == c.text);
  }
  CHECK(plain(R"("5f0ee1ac-8a55-4d3f-9f57-b0f4a3fd1b4b")", kUuid) == "5f0ee1ac-8a55-4d3f-9f57-b0f4a3fd1b4b");
}

TEST_CASE("cell: json text keeps its spacing and its number text") {
  CHECK(plain(R"("{\"a\": [1, 2.50, null], \"a\": 1}")", kJson) == R"({"a": [1, 2.50, null], "a": 1})");
  CHECK(plain(R"("\"str\"")", kJson) == R"("str")");
  CHECK(plain(R"("\"tab\\t\"")", kJson) == R"("tab\\t")");
}

TEST_CASE("cell: a schema's temporal type decides the unit, whatever the settings say") {
  struct Case { std::string value; Meaning meaning; const ColumnType* type; std::string text; };
  const Case cases[] = {
      {"19782", Meaning::date, &kDate, "2024-02-29"}, {"-2147472692", Meaning::date, &kDate, "infinity"}, {"-2147472691", Meaning::date, &kDate, "-infinity"},
      {"123", Meaning::time_ms, &kTime, "00:00:00.123"}, {"86400000", Meaning::time_ms, &kTime, "24:00:00"}, {"86399999", Meaning::time_ms, &kTime, "23:59:59.999"},
      {"86400001", Meaning::time_ms, &kTime, "!22008"}, {"-1", Meaning::time_ms, &kTime, "!22008"}, {"9223372036854775807", Meaning::time_ms, &kTime, "!22008"},
      {"86400000000", Meaning::time_us, &kTime, "24:00:00"}, {"86400000001", Meaning::time_us, &kTime, "!22008"},
      {"86400000000000", Meaning::time_ns, &kTime, "24:00:00"}, {"1999", Meaning::time_ns, &kTime, "00:00:00.000001"}, {"-1", Meaning::time_ns, &kTime, "!22008"},
      {"86400000001000", Meaning::time_ns, &kTime, "!22008"},
      {"-1", Meaning::timestamp_us, &kTimestamp, "1969-12-31 23:59:59.999999"}, {"0", Meaning::timestamp_us, &kTimestamp, "1970-01-01 00:00:00"},
      {"9223372036825200000", Meaning::timestamp_us, &kTimestamp, "infinity"}, {"-9223372036853775810", Meaning::timestamp_us, &kTimestamp, "!22008"},
      {"1704067200500", Meaning::timestamp_ms, &kTimestamp, "2024-01-01 00:00:00.5"}, {"-1", Meaning::timestamp_ns, &kTimestamp, "1969-12-31 23:59:59.999999"},
      {R"("0001-01-01Z")", Meaning::iso_date, &kDate, "0001-01-01"}, {R"("-5877611-06-21Z")", Meaning::iso_date, &kDate, "infinity"},
      {R"("24:00:00Z")", Meaning::iso_time, &kTime, "24:00:00"}, {R"("2024-01-01T00:00:00.5Z")", Meaning::iso_timestamp, &kTimestamp, "2024-01-01 00:00:00.5"},
      {R"("2024-02-29T18:29:59.999999Z")", Meaning::zoned_timestamp, &kTimestamptz, "2024-02-29 18:29:59.999999+00"},
      {R"("2024-02-29T18:29:59.999999Z")", Meaning::zoned_timestamp, &kTimestamp, "2024-02-29 18:29:59.999999"},
      {R"("10:00:00Z")", Meaning::zoned_time, &kTimetz, "10:00:00+00"}, {R"("24:00:00Z")", Meaning::zoned_time, &kTimetz, "24:00:00+00"},
      {R"("2024\t01")", Meaning::iso_date, &kDate, "!22007"},  // no way out of its cell
      {"1.5", Meaning::date, &kDate, "!22003"}, {"1E3", Meaning::timestamp_us, &kTimestamp, "!22003"}, {"9223372036854775808", Meaning::timestamp_us, &kTimestamp, "!22003"},
      {R"("1")", Meaning::date, &kDate, "!22P02"}, {"true", Meaning::timestamp_ms, &kTimestamp, "!22P02"}, {"5", Meaning::iso_date, &kDate, "!22P02"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CAPTURE(c.text);
    for (const TimeMode mode : {TimeMode::adaptive, TimeMode::connect, TimeMode::nanoseconds}) CHECK(meant(c.value, c.meaning, *c.type, {.times = mode}) == c.text);
  }
}

TEST_CASE("cell: without a schema time.precision.mode decides the unit of a number, and ISO text needs no mode") {
  using enum TimeMode;
  struct Case { std::string value; TimeMode mode; const ColumnType* type; std::string text; };
  const Case cases[] = {
      {"1000000", adaptive, &kTimestamp, "1970-01-01 00:00:01"}, {"1000000", adaptive_time_microseconds, &kTimestamp, "1970-01-01 00:00:01"},
      {"1000000", microseconds, &kTimestamp, "1970-01-01 00:00:01"}, {"1000", connect, &kTimestamp, "1970-01-01 00:00:01"},
      {"1000000000", nanoseconds, &kTimestamp, "1970-01-01 00:00:01"}, {"1000000", adaptive, &kTimestamptz, "1970-01-01 00:00:01"},
      {"9223372036825200", connect, &kTimestamp, "infinity"}, {"9223372036825200000", adaptive, &kTimestamp, "infinity"},
      {"9223372036854775807", nanoseconds, &kTimestamp, "infinity"}, {"-9223372036854775808", nanoseconds, &kTimestamp, "-infinity"},
      {"86400000000", adaptive, &kTime, "24:00:00"}, {"86400000", connect, &kTime, "24:00:00"}, {"86400000000000", nanoseconds, &kTime, "24:00:00"},
      {"19782", adaptive, &kDate, "2024-02-29"}, {"19782", connect, &kDate, "2024-02-29"}, {"19782", nanoseconds, &kDate, "2024-02-29"},
      {R"("2024-01-01T00:00:00.5Z")", isostring, &kTimestamp, "2024-01-01 00:00:00.5"}, {R"("2024-01-01T00:00:00.5Z")", adaptive, &kTimestamp, "2024-01-01 00:00:00.5"},
      {R"("-4711-01-01T00:00:00Z")", isostring, &kTimestamp, "4712-01-01 00:00:00 BC"}, {R"("00:00:00.123Z")", isostring, &kTime, "00:00:00.123"},
      {R"("0001-01-01Z")", isostring, &kDate, "0001-01-01"}, {R"("infinity")", adaptive, &kTimestamptz, "infinity"},
      {R"("11:59:59.999999Z")", adaptive, &kTimetz, "11:59:59.999999+00"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CAPTURE(int(c.mode));
    CHECK(plain(c.value, *c.type, {.times = c.mode}) == c.text);
  }
}

TEST_CASE("cell: the adaptive modes send milliseconds of what has at most three digits of a second") {
  ColumnType time = kTime, timestamp = kTimestamp;
  time.precision = timestamp.precision = 3;
  CHECK(plain("86400000", time, {.times = TimeMode::adaptive}) == "24:00:00");
  CHECK(plain("86400000000", time, {.times = TimeMode::adaptive_time_microseconds}) == "24:00:00");
  for (const TimeMode mode : {TimeMode::adaptive, TimeMode::adaptive_time_microseconds}) {
    CHECK(plain("1709208000500", timestamp, {.times = mode}) == "2024-02-29 12:00:00.5");
    CHECK(plain("9223372036825200", timestamp, {.times = mode}) == "infinity");
  }
  CHECK(plain("1709208000500000", timestamp, {.times = TimeMode::microseconds}) == "2024-02-29 12:00:00.5");
  time.precision = timestamp.precision = 4;
  CHECK(plain("86400000000", time, {.times = TimeMode::adaptive}) == "24:00:00");
  CHECK(plain("1709208000500000", timestamp, {.times = TimeMode::adaptive}) == "2024-02-29 12:00:00.5");
}

TEST_CASE("cell: C15, a number of an interval is exact, an interval's text is left alone") {
  struct Case { std::string value; std::string text; };
  const Case cases[] = {
      {"37091106789000", "10303:05:06.789"}, {"-36572706000000", "-10159:05:06"}, {"-1", "-00:00:00.000001"}, {"0", "00:00:00"},
      {"9223372036854775807", "2562047788:00:54.775807"}, {"-9223372036854775808", "-9223372036854.775808 seconds"}, {"1.5", "!22003"},
      {R"("P-1Y-2M3DT-4H-5M-6S")", "P-1Y-2M3DT-4H-5M-6S"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(plain(c.value, kInterval) == c.text);
  }
  CHECK(meant("780000", Meaning::duration_us, kInterval) == "00:00:00.78");
}

TEST_CASE("cell: an array, a struct or a map never goes into a column of single values") {
  for (const std::string value : {"[1,null,3]", "[]", R"({"a":"1"})", R"({"x":1.5,"y":-2.25,"wkb":"","srid":null})"})
    for (const ColumnType& type : {kReal, kInt, kAmount, kBool, kBytea, kUuid, kTimestamp, bit(8)}) {
      CAPTURE(value);
      CAPTURE(type.name);
      CHECK(plain(value, type).front() == '!');
      CHECK(meant(value, value.front() == '[' ? Meaning::array : Meaning::composite, type) == "!42804");
    }
}

TEST_CASE("cell: a bare number with a schema is no date, time, bit string or bytes, whatever Postgres would read into it") {
  for (const ColumnType& type : {kDate, kTime, kTimetz, kTimestamp, kTimestamptz, kInterval, kBytea, bit(8)}) {
    CAPTURE(type.name);
    CHECK(meant("20240101", Meaning::none, type) == "!42804");
  }
}

TEST_CASE("cell: a timestamp never loses its half in a column of days or times") {
  for (const ColumnType& type : {kDate, kTime, kTimetz}) {
    CAPTURE(type.name);
    CHECK(meant("1000000", Meaning::timestamp_us, type) == "!42804");
    CHECK(meant(R"("2024-01-01T00:00:00Z")", Meaning::zoned_timestamp, type) == "!42804");
    CHECK(plain(R"("2024-01-01T00:00:00Z")", type) == "!42804");
    CHECK(plain(R"({"year":2024,"month":1,"day":1,"hour":0})", type) == "!42804");
  }
}

TEST_CASE("cell: without a schema a text for a whole number or a float may be base64, so that the mode decides") {
  const ColumnType real = kReal;
  CHECK(plain(R"("1234")", kInt) == "?decimal.handling.mode");
  CHECK(plain(R"("1234")", kInt, {.decimals = DecimalMode::precise}) == "-2658824");
  CHECK(plain(R"("1234")", kInt, {.decimals = DecimalMode::string}) == "1234");
  CHECK(plain(R"("12.5")", kInt, {.decimals = DecimalMode::string}) == "!22P02");
  CHECK(plain(R"("1234")", real) == "?decimal.handling.mode");
  CHECK(plain(R"("12.5")", real, {.decimals = DecimalMode::string}) == "12.5");
}

TEST_CASE("cell: C29, what could not be told without a schema is known before the first event") {
  ColumnType array{TypeKind::array, {}, {}, "numeric[]", std::make_shared<ColumnType>(kAny)};
  for (const ColumnType& type : {kAny, kWhole, array}) {
    CAPTURE(type.name);
    try {
      check_decidable(type, "total", {});
      FAIL("it was taken");
    } catch (const SettingNeeded& e) {
      CHECK(e.option == "decimal.handling.mode");
      CHECK(e.column == "total");
      CHECK(mentions(e.what(), "is numeric"));
    }
    for (const DecimalMode mode : {DecimalMode::precise, DecimalMode::string, DecimalMode::number}) CHECK_NOTHROW(check_decidable(type, "total", {.decimals = mode}));
  }
  for (const ColumnType& type : {kAmount, kMoney, kInt, kReal, kText, kBytea, kTimestamp, kJson}) CHECK_NOTHROW(check_decidable(type, "c", {}));
}

TEST_CASE("cell: C8, an escape is found wherever it stands, and no other byte is taken for one") {
  for (size_t size = 1; size < 28; ++size)
    for (size_t at = 0; at < size; ++at)
      for (int byte = 1; byte < 256; ++byte) {
        std::string text(size, 'x'), expected = text;
        text[at] = static_cast<char>(byte);
        const char* special = byte == '\\' ? "\\\\" : byte == '\t' ? "\\t" : byte == '\n' ? "\\n" : byte == '\r' ? "\\r" : nullptr;
        expected.replace(at, 1, special ? special : std::string(1, static_cast<char>(byte)));
        std::string out = "before ";
        append_escaped(out, text);
        if (out != "before " + expected) FAIL("size " << size << ", place " << at << ", byte " << byte);
      }
  std::string every = "before ";
  append_escaped(every, std::string(20, '\\'));
  CHECK(every == "before " + std::string(40, '\\'));
}
