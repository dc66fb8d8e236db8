#include <doctest/doctest.h>

#include <sstream>
#include <stdexcept>

#include "cli/event_file.h"

using namespace sluice;

namespace {

std::vector<BatchPart> read(const std::string& text) {
  std::istringstream in(text);
  return read_events(in, true);
}

std::string text_of(const void* data, uint32_t size) { return data ? std::string(static_cast<const char*>(data), size) : "null"; }

}  // namespace

TEST_CASE("event file: one part a partition, offsets ascending, null apart from empty") {
  const auto parts = read(
      R"({"topic": "t", "partition": 1, "offset": 8, "timestamp": 5, "key": null, "value": "", "headers": [["a", "b"], ["c", null]]})"
      "\n\n"
      R"({"topic": "t", "partition": 1, "offset": 7, "key": "{\"id\":1}", "value": null})"
      "\n"
      R"({"topic": "u"})");
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].name.text() == "t-1");
  CHECK(parts[0].next_offset == 9);
  REQUIRE(parts[0].records.size() == 2);
  const Record& first = parts[0].records[0];
  CHECK(first.offset == 7);
  CHECK(first.timestamp_ms == -1);
  CHECK(text_of(first.key, first.key_len) == "{\"id\":1}");
  CHECK(first.value == nullptr);
  const Record& second = parts[0].records[1];
  CHECK(second.timestamp_ms == 5);
  CHECK(second.key == nullptr);
  CHECK(second.value != nullptr);
  CHECK(second.value_len == 0);
  REQUIRE(second.headers.size() == 2);
  CHECK(text_of(second.headers[0].value, second.headers[0].value_len) == "b");
  CHECK(second.headers[1].value == nullptr);
  CHECK(parts[1].name.text() == "u-0");
  CHECK(parts[1].records[0].offset == 3);
}

TEST_CASE("event file: a wrong line is named, without its content") {
  struct Case {
    const char* line;
    const char* says;
  };
  const Case cases[] = {
      {"secret", "malformed JSON"},
      {R"(["secret"])", "\"topic\""},
      {R"({"value": "secret"})", "\"topic\""},
      {R"({"topic": "t", "value": {"secret": 1}})", "\"value\" has to be a text or null"},
      {R"({"topic": "t", "offset": "secret"})", "\"offset\" has to be a whole number"},
      {R"({"topic": "t", "offset": 1.5})", "\"offset\" has to be a whole number"},
      {R"({"topic": "t", "headers": [["secret"]]})", "\"headers\""},
      {R"({"topic": "t", "headers": {"a": "secret"}})", "\"headers\""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    std::string said;
    try {
      read(std::string(R"({"topic": "t"})") + "\n" + c.line);
    } catch (const std::runtime_error& e) {
      said = e.what();
    }
    CHECK(said.starts_with("line 2: "));
    CHECK(said.find(c.says) != said.npos);
    CHECK(said.find("secret") == said.npos);
  }
}
