#include "debezium_postgres_sink/decode/digits.h"

#include <doctest/doctest.h>

#include <string>

using namespace sluice::debezium;

TEST_CASE("digits: a whole number is what its text says, and nothing else is one") {
  for (const int64_t number : {int64_t{0}, int64_t{7}, int64_t{-7}, int64_t{1234567}, int64_t{12345678}, int64_t{-123456789}, int64_t{1795558092147161}, int64_t{999999999999999999},
                               int64_t{-999999999999999999}, int64_t{1000000000000000000}, INT64_MAX, INT64_MIN})
    CHECK(whole_number(std::to_string(number)) == number);
  CHECK(whole_number("00012") == 12);
  for (const std::string text : {"", "-", "--1", "+1", "1.0", "1e5", " 1", "1 ", "12345678a", "1234567:", "1234567/", "12345678-", "9223372036854775808", "-9223372036854775809",
                                 "\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8", "1234567\xfa", "\xff" "2345678"}) {
    CAPTURE(text);
    CHECK_FALSE(whole_number(text));
  }
}

TEST_CASE("digits: as many are counted as there are before the first other character") {
  for (int other = 0; other < 256; ++other) {
    if (other >= '0' && other <= '9') continue;
    for (size_t at = 0; at < 8; ++at) {
      std::string text = "90909090";
      text[at] = static_cast<char>(other);
      CHECK(count_digits(eight_bytes(text.data())) == at);
    }
  }
  CHECK(count_digits(eight_bytes("01234567")) == 8);
}
