#include <doctest/doctest.h>

#include "dlq/coordinates.h"

using namespace sluice;

TEST_CASE("coordinates: TOPIC-PARTITION@OFFSET is read from the right, and nothing else is taken for it") {
  struct Case {
    const char* text;
    std::optional<Coordinates> place;
  };
  const Case cases[] = {
      {"orders-0@17", Coordinates{{"orders", 0}, 17}},
      {"shop-1.public.order-items-12@9223372036854775807", Coordinates{{"shop-1.public.order-items", 12}, INT64_MAX}},
      {"orders-0@9223372036854775808", std::nullopt},
      {"orders-2147483648@1", std::nullopt},
      {"orders-0", std::nullopt},
      {"orders@1", std::nullopt},
      {"orders-@1", std::nullopt},
      {"orders-0@", std::nullopt},
      {"orders-0@-1", std::nullopt},
      {"orders-0@1x", std::nullopt},
      {"orders-0@ 1", std::nullopt},
      {"-0@1", std::nullopt},
      {"", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK((parse_coordinates(c.text) == c.place));
    if (c.place) CHECK(c.place->text() == c.text);
  }
}
