#include "debezium_postgres_sink/map/key_index.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

using namespace sluice::debezium;

TEST_CASE("key index: keys are numbered in the order in which they come, and found again") {
  KeyIndex keys;
  CHECK(keys.number_of("b") == 0);
  CHECK(keys.number_of("") == 1);
  CHECK(keys.number_of("b") == 0);
  CHECK(keys.number_of("bb") == 2);
  CHECK(keys.number_of("") == 1);
  CHECK(keys.size() == 3);
  CHECK(keys[0] == "b");
  CHECK(keys[1] == "");
  CHECK(keys[2] == "bb");
  keys.clear();
  CHECK(keys.size() == 0);
  CHECK(keys.number_of("bb") == 0);
}

TEST_CASE("key index: answers as a map does, batch after batch of any size") {
  std::mt19937 random(7);
  KeyIndex keys;
  for (const unsigned most : {3u, 5000u, 40u, 20000u, 1u}) {
    keys.clear();
    std::map<std::string, uint32_t> expected;
    for (unsigned i = 0; i < 3 * most; ++i) {
      const std::string key = std::to_string(random() % most) + (random() % 2 == 0 ? "" : "\ttwo columns");
      const auto [at, is_new] = expected.try_emplace(key, static_cast<uint32_t>(expected.size()));
      REQUIRE(keys.number_of(key) == at->second);
    }
    REQUIRE(keys.size() == expected.size());
    for (const auto& [key, number] : expected) REQUIRE(keys[number] == key);
  }
}
