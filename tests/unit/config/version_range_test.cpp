#include "base/version_range.h"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("version range: what is inside, by number and not by letter") {
  struct Case { const char* range; const char* version; bool inside; };
  const Case cases[] = {
      {"4.1.1", "4.1.1", true},   {"4.1", "4.1.0", true},        {"4.1.1", "4.1.2", false},   {"[4.0,5.0)", "4.10", true},
      {"[4.0,5.0)", "5.0", false}, {"[4.0,5.0]", "5.0.0", true}, {"(4.0,5.0)", "4.0", false}, {"(,2.0]", "0.1", true},
      {"[3,)", "20", true},       {"[1,2],[4,5]", "3", false},   {"[1,2],[4,5]", "4.5", true}, {"[1.0]", "1.0", true},
      {"[1.0,2.0)", "2.0-beta", true}, {"[ 1.0 , 2.0 ]", "1.5", true}, {"", "1", false},       {"[007,008]", "7.5", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.range);
    CAPTURE(c.version);
    const auto range = VersionRange::parse(c.range);
    REQUIRE(range);
    CHECK(range->contains(c.version) == c.inside);
  }
  CHECK(VersionRange::parse("9.9")->text() == "[9.9,9.9]");
}

TEST_CASE("version range: what is none") {
  for (const char* text : {"[x", "x]", "[1,2,3]", "(1.0)", "[]", "[2,1]", "[1,2] [3,4]", "[1,2],", "1,2", "[[1,2]", "[1,2]x"}) {
    CAPTURE(text);
    CHECK(!VersionRange::parse(text));
  }
}
