#include <doctest/doctest.h>

#include "config/connector_settings.h"
#include "config/scalars.h"

using namespace sluice;

TEST_CASE("scalars: numbers, durations and sizes take the documented forms and no others") {
  struct Case { std::string text; std::optional<int64_t> number, duration, size; };
  constexpr auto none = std::nullopt;
  const Case cases[] = {
      {"42", 42, 42, 42},
      {" 7 ", 7, 7, 7},
      {"+1", 1, none, none},
      {"-1", -1, -1, -1},
      {"500ms", none, 500, none},
      {"30s", none, 30'000, none},
      {"2 h", none, 7'200'000, none},
      {"5m", none, 300'000, none},
      {"1d", none, 86'400'000, none},
      {"10B", none, none, 10},
      {"64KiB", none, none, 65'536},
      {"64kib", none, none, 65'536},
      {"1 GB", none, none, 1'000'000'000},
      {"1GiB", none, none, int64_t{1} << 30},
      {"64K", none, none, none},
      {"1.5s", none, none, none},
      {"ten", none, none, none},
      {"", none, none, none},
      {"+-1", none, none, none},
      {"0x10", none, none, none},
      {"1 2", none, none, none},
      {"9223372036854775807", 9223372036854775807, 9223372036854775807, 9223372036854775807},
      {"9223372036854775808", none, none, none},
      {"9223372036854775807s", none, none, none},
      {"8388608TiB", none, none, none},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(parse_int(c.text) == c.number);
    CHECK(parse_duration_ms(c.text) == c.duration);
    CHECK(parse_size(c.text) == c.size);
  }
  CHECK(parse_float(" 0.5 ") == 0.5);
  CHECK(!parse_float("nan"));
  CHECK(!parse_float("inf"));
  CHECK(!parse_float("1e999"));
  CHECK(parse_bool("True") == true);
  CHECK(parse_bool("FALSE") == false);
  CHECK(!parse_bool("yes"));
}

TEST_CASE("scalars: a list is split by commas and trimmed, as in Connect") {
  CHECK(split_list(" a , b,c ") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split_list("").empty());
  CHECK(split_list("  ").empty());
  CHECK(split_list("a,,b") == std::vector<std::string>{"a", "", "b"});
}

TEST_CASE("scalars: only well-formed UTF-8 is text") {
  for (const char* good : {"", "plain", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x92\xA9"}) CHECK(is_utf8(good));
  for (const char* bad : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE2\x82"}) CHECK(!is_utf8(bad));
}

TEST_CASE("scalars: a long value is cut at a character's border") {
  std::string text(199, 'a');
  CHECK(shown(text) == text);
  CHECK(shown(text + "\xC3\xBC") == text + "...");
}

TEST_CASE("nearest name: what fingers do is found, a guess is not made") {
  const std::vector<std::string> known = {"table.name", "connection.url", "connection.password", "tasks.max", "mode"};
  struct Case { std::string written; std::string nearest; };
  const Case cases[] = {
      {"tabel.name", "table.name"},     {"table.nmae", "table.name"},   {"tables.name", "table.name"},
      {"conection.url", "connection.url"}, {"connection.passwrd", "connection.password"}, {"task.max", "tasks.max"},
      {"mod", "mode"},                  {"Mode", "mode"},               {"made", "mode"},
      {"x", ""},                        {"topics", ""},                 {"connection", ""},
      {"", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.written);
    CHECK(nearest_name(c.written, known) == c.nearest);
  }
  CHECK(nearest_name(std::string(1'000'000, 'a'), known) == "");
}
