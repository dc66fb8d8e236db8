#include <doctest/doctest.h>

#include "dlq/letter.h"
#include "texts.h"

using namespace sluice;

namespace {

const TextHeaders kContext = {{"__connect.errors.topic", "shop.orders"},       {"__connect.errors.partition", "2"},
                              {"__connect.errors.offset", "77"},               {"__connect.errors.connector.name", "orders"},
                              {"__connect.errors.exception.message", "too big"}, {"__sluice.errors.sqlstate", "22003"},
                              {"__sluice.errors.column", "amount"}};

TextHeaders joined(TextHeaders first, const TextHeaders& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TEST_CASE("letter: the context headers say where the record was and why it is here") {
  const Letter letter = read_letter({{"dead", 0}, 5}, record_of(5, "k", "v", kContext));
  REQUIRE(letter.origin);
  CHECK(letter.origin->text() == "shop.orders-2@77");
  CHECK(letter.connector == "orders");
  CHECK(letter.code == "22003");
  CHECK(letter.column == "amount");
  CHECK(letter.reason == "too big");
}

TEST_CASE("letter: the original has its own offset and its own headers, none of the letter's") {
  const Letter letter = read_letter({{"dead", 0}, 5}, record_of(5, "k", nullptr, joined({{"trace", "abc"}, {"empty", nullptr}}, kContext)));
  const Record original = original_of(letter, true);
  CHECK(original.offset == 77);
  CHECK(original.timestamp_ms == 1005);
  CHECK(std::string(static_cast<const char*>(original.key), original.key_len) == "k");
  CHECK(original.value == nullptr);
  REQUIRE(original.headers.size() == 2);
  CHECK(std::string(original.headers[0].name) == "trace");
  CHECK(original.headers[1].value == nullptr);
  CHECK(original_of(letter, false).headers.empty());
}

TEST_CASE("letter: of a record that was itself a letter before, the last context counts and the older one is the record's own") {
  TextHeaders older = kContext;
  older[2].second = "1";
  const Letter letter = read_letter({{"dead", 0}, 5}, record_of(5, "k", "v", joined(older, kContext)));
  CHECK(letter.origin->offset == 77);
  CHECK(original_of(letter, true).headers.size() == older.size());
}

TEST_CASE("letter: without a whole origin there is none") {
  for (size_t missing = 0; missing < 3; ++missing) {
    CAPTURE(missing);
    TextHeaders headers = kContext;
    headers.erase(headers.begin() + static_cast<std::ptrdiff_t>(missing));
    CHECK_FALSE(read_letter({{"dead", 0}, 5}, record_of(5, "k", "v", headers)).origin);
  }
  for (const char* wrong : {"", "x", "-1", "7 "}) {
    CAPTURE(wrong);
    TextHeaders headers = kContext;
    headers[2].second = wrong;
    CHECK_FALSE(read_letter({{"dead", 0}, 5}, record_of(5, "k", "v", headers)).origin);
  }
  CHECK_FALSE(read_letter({{"dead", 0}, 5}, record_of(5, "k", "v")).origin);
}
