#include "debezium_postgres_sink/decode/names.h"

#include "fixture.h"

using namespace sluice::debezium;

TEST_CASE("names: D6: a name whose bytes became characters is put together again, and no other") {
  struct Case { const char* name; std::string sent; std::optional<std::string> repaired; };
  const Case cases[] = {
      {"as recorded", "\uFFC3\uFFBCn\uFFC3\uFFAF", "ünï"},
      {"three bytes", "\uFFE6\uFF97\uFFA5", "日"},
      {"four bytes", "a\uFFF0\uFF9F\uFF98\uFF80z", "a😀z"},
      {"the lowest and the highest", "\uFFC2\uFF80", "\u0080"},
      {"nothing broken", "order_id", std::nullopt},
      {"empty", "", std::nullopt},
      {"sound letters beyond ASCII", "ünï", std::nullopt},
      {"sound beside broken", "ü\uFFC3\uFFBC", std::nullopt},
      {"halfwidth katakana", "\uFF83\uFF7D\uFF84", std::nullopt},
      {"halfwidth katakana within the range", "\uFF8A\uFF9F", std::nullopt},
      {"half a letter", "a\uFFC3", std::nullopt},
      {"a byte that no UTF-8 has", "\uFFFF", std::nullopt},
      {"a neighbour below the range", "\uFF7F", std::nullopt},
      {"cut off within a character", "\uFFC3\xEF\xBE", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(repaired_name(c.sent) == c.repaired);
  }
}
