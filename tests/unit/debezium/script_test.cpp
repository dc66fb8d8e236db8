#include "debezium_postgres_sink/write/script.h"

#include <doctest/doctest.h>

using namespace sluice::debezium;

TEST_CASE("script: a check is in time for a COPY that comes after it, and too late for all else") {
  const auto nothing = [](const SqlAnswer&) {};
  Script script;
  CHECK(script.is_checked());
  script.check("UPDATE", nothing);
  CHECK_FALSE(script.is_checked());
  script.add("DELETE");
  CHECK_FALSE(script.is_checked());
  script.copy("COPY", "");
  CHECK(script.is_checked());
  script.add("INSERT");
  script.observe("SELECT", nothing);
  CHECK(script.is_checked());
  script.check("SELECT", nothing);
  CHECK_FALSE(script.is_checked());
}
