#include "debezium_postgres_sink/decode/utf8.h"
#include "debezium_postgres_sink/record_error.h"

#include "fixture.h"

using namespace sluice::debezium;

TEST_CASE("record error: what is complained about is a line, whatever is in the names of the record") {
  CHECK(std::string(RecordError("the field \"a\nb\tc\x7F\" fits nowhere").what()) == "the field \"a\\nb\\x09c\\x7f\" fits nowhere");
  CHECK(std::string(SettingNeeded("columns", "the field \"ünï\n\" fits nowhere").what()) == "the field \"ünï\\n\" fits nowhere");
}

TEST_CASE("record error: it is no longer than a person reads, and ends between two characters") {
  std::string name;
  while (name.size() < 1'000'000) name += "日";
  for (const char* begin : {"", "a", "ab"}) {
    const std::string text = RecordError(begin + name).what();
    CHECK(text.size() <= 4010);
    CHECK(text.ends_with("日..."));
    CHECK(is_utf8(text));
  }
}
