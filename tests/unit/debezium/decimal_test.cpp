#include "debezium_postgres_sink/decode/decimal.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <limits>

#include "debezium_postgres_sink/decode/base64.h"
#include "fixture.h"

using namespace sluice::debezium;

namespace {

// Bytes of a number below 0, all different ones.
std::string long_number(size_t size) {
  std::string bytes(1, '\x80');
  for (uint32_t state = 7; bytes.size() < size;) bytes.push_back(static_cast<char>((state = state * 1664525 + 1013904223) >> 24));
  return bytes;
}

}  // namespace

TEST_CASE("decimal: Connect's bytes and scale become exact text, or nothing") {
  struct Case { std::string base64; int scale; std::optional<std::string> text; };
  const Case cases[] = {
      // one, two and more bytes, at both sides of each sign bit
      {"AA==", 2, "0.00"}, {"AQ==", 2, "0.01"}, {"/w==", 2, "-0.01"}, {"fw==", 2, "1.27"}, {"AIA=", 2, "1.28"},
      {"bg==", 2, "1.10"}, {"gA==", 2, "-1.28"}, {"/38=", 2, "-1.29"}, {"AP8=", 2, "2.55"}, {"AQA=", 2, "2.56"},
      {"BBo=", 2, "10.50"}, {"+x4=", 2, "-12.50"}, {"JxA=", 2, "100.00"}, {"AfvP", 2, "1299.99"}, {"BZI=", 2, "14.26"},
      {"B1vNFQ==", 2, "1234567.89"}, {"AlQL4/8=", 2, "99999999.99"}, {"/av0HAE=", 2, "-99999999.99"},
      {"O5rKAA==", 2, "10000000.00"}, {"gAAAAAAAAAA=", 2, "-92233720368547758.08"}, {"f/////////8=", 0, "9223372036854775807"},
      // base64 that looks like a decimal number: only refunds hit it
      {"1234", 2, "-26588.24"}, {"9999", 2, "-5326.11"}, {"Infinity", 0, "37898298469234"},
      // past 64 bits
      {"AIAAAAAAAAAA", 0, "9223372036854775808"}, {"AP//////////", 0, "18446744073709551615"},
      {"tMSzV6V5O4X2dd3AAAAAAQ==", 0, "-99999999999999999999999999999999999999"},
      {"SztMqFqGxHoJiiI//////w==", 0, "99999999999999999999999999999999999999"},
      {"SztMqFqGxHoJiiI//////w==", 38, "0.99999999999999999999999999999999999999"},
      {"CUmw9vACMxPESZBQ3jjzTg==", 18, "12345678901234567890.123456789012345678"},
      {"9rZPCQ/9zOw7tm+vIccMsg==", 18, "-12345678901234567890.123456789012345678"},
      {"AAAAAAAAAAAAAAAAAA==", 2, "0.00"},  // more bytes than needed
      {"////////////////", 2, "-0.01"},
      // the scales of VariableScaleDecimal
      {"/w==", 21, "-0.000000000000000000001"}, {"BWvHXi1jEAAA", 0, "100000000000000000000"}, {"BPs=", 1, "127.5"}, {"Cg==", 0, "10"},
      {"AMStkjDvWS/U6HtMait6LQ4dgB9v5A52bDk=", 1, "123456789012345678901234567890123456789012345678901234567890.5"},
      {"DA==", -2, "1200"}, {"AA==", -2, "0"}, {"AQ==", 4, "0.0001"},
      // what is no such number
      {"", 2, std::nullopt}, {"AA=", 2, std::nullopt}, {"A===", 2, std::nullopt}, {"====", 2, std::nullopt}, {"12.34", 2, std::nullopt},
      {"-123", 2, std::nullopt}, {"AA==AA==", 2, std::nullopt}, {"AA==\n", 2, std::nullopt}, {"NaN", 2, std::nullopt},
      {"AR==", 2, std::nullopt}, {"DQF=", 2, std::nullopt},  // the last letter says more than the last byte does
      {"_w==", 2, std::nullopt}, {"AQ==", 16384, std::nullopt}, {"AQ==", -131073, std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.base64);
    CAPTURE(c.scale);
    CHECK(decode_decimal(c.base64, c.scale) == c.text);
  }
}

TEST_CASE("decimal: numbers of 9 to 17 bytes, at both sides of each step of 18 digits and of 128 bits") {
  struct Case { std::string base64; int scale; std::string text; };
  const Case cases[] = {
      {"AQAAAAAAAAAA", 0, "18446744073709551616"},
      {"AP//////////", 0, "18446744073709551615"},
      {"/3//////////", 0, "-9223372036854775809"},
      {"/wAAAAAAAAAA", 0, "-18446744073709551616"},
      {"DeC2s6dkAAA=", 0, "1000000000000000000"},
      {"DeC2s6dkAAE=", 0, "1000000000000000001"},
      {"AIrHIwSJ6AAA", 0, "10000000000000000000"},
      {"AMCXznvJBxWzS58QAAAAAA==", 0, "1000000000000000000000000000000000000"},
      {"AMCXznvJBxWzS58QAAAABw==", 0, "1000000000000000000000000000000000007"},
      {"B4XuENXaRtkA9DagAAAAAA==", 0, "10000000000000000000000000000000000000"},
      {"/z9oMYQ2+OpMtGDwAAAAAA==", 0, "-1000000000000000000000000000000000000"},
      {"RWORgkT0AAA=", 0, "5000000000000000000"},
      {"f////////////////////w==", 0, "170141183460469231731687303715884105727"},
      {"gAAAAAAAAAAAAAAAAAAAAA==", 0, "-170141183460469231731687303715884105728"},
      {"AIAAAAAAAAAAAAAAAAAAAAA=", 0, "170141183460469231731687303715884105728"},
      {"/3////////////////////8=", 0, "-170141183460469231731687303715884105729"},
      {"AQAAAAAAAAAAAAAAAAAAAAA=", 0, "340282366920938463463374607431768211456"},
      {"SztMqFqGxHoJiiI//////w==", 0, "99999999999999999999999999999999999999"},
      {"tMSzV6V5O4X2dd3AAAAAAQ==", 0, "-99999999999999999999999999999999999999"},
      {"dzWUAAAAAAAAAAAq", 0, "36893488147419103232000000042"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(decode_decimal(c.base64, c.scale) == c.text);
  }
}

TEST_CASE("decimal: a refused number leaves the text as it was") {
  std::string out = "12\t";
  CHECK_FALSE(append_decimal(out, "12.34", 2));
  CHECK_FALSE(append_decimal(out, "AQ==", 20000));
  CHECK(out == "12\t");
}

TEST_CASE("decimal: numbers as long as Postgres holds are exact, longer ones are refused") {
  std::string hundred_bytes = "AQ";  // 2^800, whose lowest base64 digits are zero
  while (hundred_bytes.size() < 134) hundred_bytes.push_back('A');
  hundred_bytes += "A=";
  const auto text = decode_decimal(hundred_bytes, 0);
  REQUIRE(text);
  CHECK(text->size() == 241);  // 800 log10(2) = 240.8
  CHECK(text->starts_with("6668014432879854274079851790721257797144758322315908160396257811764037237817632071521432200871554290742929910593"));

  CHECK(decode_decimal(std::string(80000, 'A'), 0) == "0");
  CHECK_FALSE(decode_decimal(std::string(82000, 'A'), 0));
}

TEST_CASE("decimal: each of the digits that a numeric can have is right") {
  // The same number by its bytes and by its digits, as remainders: a wrong digit shows in one of them.
  for (const size_t size : {17, 64, 65, 1000, 4097, 54'400}) {
    CAPTURE(size);
    const std::string bytes = long_number(size);
    const std::string text = decode_decimal(encode_base64(bytes), 0).value_or("");
    CHECK(text.starts_with("-"));
    for (const uint64_t prime : {1'000'000'007u, 2'147'483'647u, 4'294'967'291u}) {
      uint64_t by_bytes = 0, by_digits = 0;
      for (const char b : bytes) by_bytes = (by_bytes * 256 + static_cast<unsigned char>(~b)) % prime;  // of -number - 1
      for (const char digit : text.substr(1)) by_digits = (by_digits * 10 + static_cast<uint64_t>(digit - '0')) % prime;
      CHECK((by_bytes + 1) % prime == by_digits);
    }
  }
}

TEST_CASE("decimal: four times as many bytes take nine times as long, not sixteen times") {
  const auto best_of_five = [](size_t size) {
    const std::string base64 = encode_base64(long_number(size));
    clock_t best = std::numeric_limits<clock_t>::max();
    for (int i = 0; i < 5; ++i) {
      const clock_t begin = clock();
      CHECK(decode_decimal(base64, 0));
      best = std::min(best, clock() - begin);
    }
    return static_cast<double>(best);
  };
  const double shorter = best_of_five(13'600), longer = best_of_five(54'400);
  CAPTURE(shorter);
  CAPTURE(longer);
  CHECK(longer < 13 * shorter);
}

TEST_CASE("decimal: a scale is a whole number in the range that Postgres has") {
  struct Case { std::string text; std::optional<int> scale; };
  const Case cases[] = {
      {"2", 2}, {"0", 0}, {"-2", -2}, {"16383", 16383}, {"16384", std::nullopt}, {"-131072", -131072}, {"-131073", std::nullopt},
      {"", std::nullopt}, {"2.0", std::nullopt}, {" 2", std::nullopt}, {"2x", std::nullopt}, {"99999999999", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(parse_scale(c.text) == c.scale);
  }
}

TEST_CASE("decimal: C24, Debezium's words for NaN and infinity become Postgres's, except the one that may be base64") {
  struct Case { std::string text; std::string special; };
  const Case cases[] = {
      {"NaN", "NaN"}, {"NAN", "NaN"}, {"POSITIVE_INFINITY", "Infinity"}, {"NEGATIVE_INFINITY", "-Infinity"}, {"-Infinity", "-Infinity"},
      {"Infinity", ""}, {"nan", ""}, {"", ""}, {"1.00", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(special_decimal(c.text) == c.special);
  }
}

TEST_CASE("decimal: plain and exponential numbers are decimal text, nothing else is") {
  for (const std::string text : {"0", "-12.50", "+1", "1.", ".5", "1.0E-4", "9.999999999E7", "1e+3", "-0.0"}) {
    CAPTURE(text);
    CHECK(is_decimal_text(text));
  }
  for (const std::string text : {"", "-", ".", "e5", "1e", "1e+", "1 ", " 1", "1,5", "0x10", "NaN", "AQ==", "1.2.3", "--1", "1_000"}) {
    CAPTURE(text);
    CHECK_FALSE(is_decimal_text(text));
  }
}

TEST_CASE("decimal: whole numbers however written become integers, numbers with a fraction do not") {
  struct Case { std::string number; std::optional<std::string> text; };
  const Case cases[] = {
      {"5", "5"}, {"5.0", "5"}, {"1E3", "1000"}, {"1.5E3", "1500"}, {"1.50E1", "15"}, {"-5.0", "-5"}, {"-0", "0"}, {"0.000", "0"}, {"0E5", "0"},
      {"100E-2", "1"}, {"007", "7"}, {"+7", "7"},
      {"-32768", "-32768"}, {"9007199254740993", "9007199254740993"}, {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"}, {"9.223372036854775807E18", "9223372036854775807"},
      {"5.5", std::nullopt}, {"1E-1", std::nullopt}, {"1.55E1", std::nullopt}, {"1E41", std::nullopt}, {"1E99999999999", std::nullopt},
      {"", std::nullopt}, {"abc", std::nullopt}, {"1.00000000001e-2147483639", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.number);
    CHECK(integral_text(c.number) == c.text);
  }
}

TEST_CASE("decimal: exponents are written out digit for digit") {
  struct Case { std::string number; std::optional<std::string> text; };
  const Case cases[] = {
      {"9.999999999E7", "99999999.99"}, {"-9.999999999E7", "-99999999.99"}, {"1.0E-4", "0.00010"}, {"1E3", "1000"}, {"1.5", "1.5"},
      {"-9.223372036854776E16", "-92233720368547760"}, {"12.5E-3", "0.0125"}, {"5E0", "5"}, {"1E2000", std::nullopt}, {"1E", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.number);
    CHECK(plain_decimal(c.number) == c.text);
  }
}

TEST_CASE("base64: strict about padding, length and alphabet") {
  struct Case { std::string text; Alphabet alphabet; std::optional<std::string> bytes; };
  const Case cases[] = {
      {"", Alphabet::standard, ""}, {"YQ==", Alphabet::standard, "a"}, {"YWI=", Alphabet::standard, "ab"}, {"YWJj", Alphabet::standard, "abc"},
      {"+/+/", Alphabet::standard, "\xfb\xff\xbf"}, {"-_-_", Alphabet::url, "\xfb\xff\xbf"},
      {"-_-_", Alphabet::standard, std::nullopt}, {"+/+/", Alphabet::url, std::nullopt},
      {"YQ", Alphabet::standard, std::nullopt}, {"YQ=", Alphabet::standard, std::nullopt}, {"Y===", Alphabet::standard, std::nullopt},
      {"YQ==YQ==", Alphabet::standard, std::nullopt}, {"Y Q=", Alphabet::standard, std::nullopt}, {"\xc3\xbcYQ", Alphabet::standard, std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    std::string out = "x";
    CHECK(decode_base64(c.text, out, c.alphabet) == c.bytes.has_value());
    CHECK(out == "x" + c.bytes.value_or(""));
  }
}
