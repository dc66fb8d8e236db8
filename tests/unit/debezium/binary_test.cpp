#include "debezium_postgres_sink/decode/binary.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace sluice::debezium;

namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) text.append({kDigits[byte >> 4], kDigits[byte & 15]});
  return text;
}

// The bytes of the field, without its length, which has to be right.
std::optional<std::string> field(std::string_view cell, Wire wire) {
  std::string out = "before";
  if (!append_field(out, cell, wire)) {
    CHECK(out == "before");
    return std::nullopt;
  }
  const std::string bytes = hex(std::string_view(out).substr(6));
  REQUIRE(bytes.size() >= 8);
  CHECK(std::stoul(bytes.substr(0, 8), nullptr, 16) == (bytes.size() - 8) / 2);
  return bytes.substr(8);
}

struct Case { std::string cell; std::optional<std::string> bytes; };

void check_all(Wire wire, std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    CAPTURE(c.cell);
    CHECK(field(c.cell, wire) == c.bytes);
  }
}

constexpr auto kNone = std::nullopt;

}  // namespace

TEST_CASE("binary: NULL is a length of -1 whatever the type, but for a type that has no rule") {
  std::string out;
  CHECK(append_field(out, "\\N", Wire::int4));
  CHECK(hex(out) == "ffffffff");
  CHECK_FALSE(append_field(out, "\\N", Wire::none));
}

TEST_CASE("binary: integers are as wide as their type, and what is too large for it has no form") {
  check_all(Wire::int2, {{"0", "0000"}, {"-1", "ffff"}, {"32767", "7fff"}, {"-32768", "8000"}, {"32768", kNone}, {"-32769", kNone}, {"", kNone}, {"1.0", kNone}, {" 1", kNone}});
  check_all(Wire::int4, {{"258", "00000102"}, {"2147483647", "7fffffff"}, {"-2147483648", "80000000"}, {"2147483648", kNone}});
  check_all(Wire::int8, {{"-2", "fffffffffffffffe"}, {"9223372036854775807", "7fffffffffffffff"}, {"9223372036854775808", kNone}});
}

TEST_CASE("binary: a float is the nearest to its digits; no other word than Postgres's own is one") {
  check_all(Wire::float8, {{"1", "3ff0000000000000"}, {"-0.1", "bfb999999999999a"}, {"2.6107272546E9", "41e373912ad33333"}, {"4.9E-324", "0000000000000001"},
                           {"Infinity", "7ff0000000000000"}, {"-Infinity", "fff0000000000000"}, {"NaN", "7ff8000000000000"},
                           {"inf", kNone}, {"nan", kNone}, {"1E400", kNone}, {"1E-400", kNone}, {"1x", kNone}, {"0x1p3", kNone}, {"-", kNone}});
  check_all(Wire::float4, {{"0.1", "3dcccccd"}, {"16777217", "4b800000"}, {"1E39", kNone}});
}

TEST_CASE("binary: a decimal is groups of four digits around its point, with the digits behind it as they are shown") {
  check_all(Wire::numeric, {{"0", "0001" "0000" "0000" "0000" "0000"}, {"12.50", "0002" "0000" "0000" "0002" "000c" "1388"},
                            {"-12.50", "0002" "0000" "4000" "0002" "000c" "1388"}, {"10000", "0002" "0001" "0000" "0000" "0001" "0000"},
                            {"99999999.99", "0003" "0001" "0000" "0002" "270f" "270f" "26ac"}, {"0.00010", "0003" "0000" "0000" "0005" "0000" "0001" "0000"},
                            {"1.5E3", "0001" "0000" "0000" "0000" "05dc"}, {"1E-3", "0002" "0000" "0000" "0003" "0000" "000a"},
                            {"NaN", kNone}, {"Infinity", kNone}, {"", kNone}, {".5", "0002" "0000" "0000" "0001" "0000" "1388"}, {"5.", "0001" "0000" "0000" "0000" "0005"}, {"-", kNone}, {"1 ", kNone}, {"1.2.3", kNone}});
}

TEST_CASE("binary: dates and times count from 2000, in days and microseconds") {
  check_all(Wire::date, {{"2000-01-01", "00000000"}, {"1999-12-31", "ffffffff"}, {"2024-02-29", "00002279"}, {"infinity", "7fffffff"}, {"-infinity", "80000000"},
                         {"2023-02-29", kNone}, {"1900-02-29", kNone}, {"2024-13-01", kNone}, {"2024-00-01", kNone}, {"2024-01-00", kNone}, {"0000-01-01", kNone},
                         {"0001-12-31 BC", "fff4dbf8"}, {"4714-11-24 BC", "ffda97a7"}, {"0005-02-29 BC", "fff4d511"}, {"0004-02-29 BC", kNone}, {"5874897-12-31", "7fda970c"},
                         {"58748970-12-31", kNone}, {"6000000-01-01 BC", kNone}, {"024-01-01", kNone}, {"2024-1-1", kNone}});
  check_all(Wire::time, {{"00:00:00", "0000000000000000"}, {"23:59:59.999999", "000000141dd75fff"}, {"00:00:00.1", "00000000000186a0"}, {"24:00:00", kNone}, {"12:60:00", kNone},
                         {"12:00", kNone}, {"00:00:00.", kNone}, {"00:00:00.1234567", kNone}});
  check_all(Wire::timestamp, {{"2000-01-01 00:00:00", "0000000000000000"}, {"1999-12-31 23:59:59.999999", "ffffffffffffffff"}, {"2000-01-02 00:00:00.5", "000000141ddf0120"},
                              {"2000-01-01 00:00:00+00", "0000000000000000"}, {"infinity", "7fffffffffffffff"}, {"-infinity", "8000000000000000"},
                              {"2000-01-01 00:00:00+01", kNone}, {"2000-01-01", kNone}, {"2000-01-01T00:00:00", kNone},
                              {"0001-12-31 23:59:59.999999 BC", "ff1fe2ffc59c5fff"}, {"0001-12-31 23:59:59.999999+00 BC", "ff1fe2ffc59c5fff"}, {"400000-01-01 00:00:00", kNone}});
}

TEST_CASE("binary: a text loses COPY's escapes and nothing else") {
  check_all(Wire::text, {{"", ""}, {"abc", "616263"}, {"a\\tb\\nc\\rd\\\\N", "6109620a630d645c4e"}, {"\xc3\xa4", "c3a4"}, {"a\\", kNone}, {"a\\x", kNone}});
  check_all(Wire::jsonb, {{R"({"a":"\\\\"})", "01" "7b2261223a225c5c227d"}});
  check_all(Wire::bytea, {{R"(\\x)", ""}, {R"(\\x00ff)", "00ff"}, {R"(\\x0)", kNone}, {R"(\\xgg)", kNone}, {"abc", kNone}});
}

TEST_CASE("binary: booleans and UUIDs") {
  check_all(Wire::boolean, {{"t", "01"}, {"f", "00"}, {"true", "01"}, {"false", "00"}, {"1", kNone}, {"yes", kNone}});
  check_all(Wire::uuid, {{"00112233-4455-6677-8899-aAbBcCdDeEfF", "00112233445566778899aabbccddeeff"}, {"00112233445566778899aabbccddeeff", kNone}, {"0011223-34455-6677-8899-aabbccddeeff", kNone}});
}
