#include <doctest/doctest.h>

#include "config/fixture.h"
#include "config/option_values.h"

using namespace sluice;

namespace {

constexpr const char* kModes[] = {"history", "current", nullptr};

sluice_option option(const char* name, int32_t kind, uint32_t flags = 0, const char* initial = nullptr, int64_t min = 0, int64_t max = 0) {
  sluice_option made{};
  made.name = name;
  made.kind = kind;
  made.flags = flags;
  made.initial = initial;
  made.min = min;
  made.max = max;
  made.choices = kind == SLUICE_ENUM ? kModes : nullptr;
  return made;
}

struct Typed {
  Problems problems;
  std::unique_ptr<OptionValues> values;
  const sluice_value& operator[](size_t i) const { return values->values()[i]; }
};

Typed type(const FlatConfig& settings, const std::vector<sluice_option>& options, UnknownKeys unknown = UnknownKeys::are_errors) {
  Typed typed;
  const References references("SLUICE_.*", {});
  typed.values = std::make_unique<OptionValues>(settings, options, unknown, references, typed.problems);
  return typed;
}

std::string text(const sluice_str& str) { return str.data ? std::string(str.data, str.len) : "(unset)"; }

std::string items(const sluice_value& value) {
  std::string all;
  for (size_t i = 0; i < value.item_count; ++i) all += (i ? "|" : "") + text(value.items[i]);
  return all;
}

}  // namespace

TEST_CASE("option values: each kind fills its fields of the ABI") {
  const std::vector<sluice_option> options = {
      option("s", SLUICE_STRING), option("i", SLUICE_INT),  option("f", SLUICE_FLOAT), option("b", SLUICE_BOOL), option("d", SLUICE_DURATION),
      option("z", SLUICE_SIZE),   option("e", SLUICE_ENUM), option("l", SLUICE_LIST),  option("m", SLUICE_MAP)};
  const Typed t = type({{"s", " as it is "}, {"i", " 42"}, {"f", "0.5"}, {"b", "TRUE"}, {"d", "30s"}, {"z", "64KiB"}, {"e", "current"},
                        {"l", "a, b"}, {"m.y", "2"}, {"m.x.z", "1"}}, options);
  CHECK(lines_of(t.problems) == "");
  CHECK(text(t[0].text) == " as it is ");
  CHECK(t[0].text.data[t[0].text.len] == '\0');
  CHECK(t[1].i == 42);
  CHECK(t[1].f == 42.0);
  CHECK(t[2].f == 0.5);
  CHECK(t[3].i == 1);
  CHECK(text(t[3].text) == "true");
  CHECK(t[4].i == 30'000);
  CHECK(t[5].i == 65'536);
  CHECK(t[6].i == 1);
  CHECK(text(t[6].text) == "current");
  CHECK(items(t[7]) == "a|b");
  CHECK(items(t[8]) == "x.z|1|y|2");
}

TEST_CASE("option values: what is not set has its default, or is null") {
  const Typed t = type({}, {option("s", SLUICE_STRING), option("i", SLUICE_INT, 0, "7"), option("m", SLUICE_MAP, 0, "a: 1, b: x:y"),
                            option("l", SLUICE_LIST, 0, "")});
  CHECK(lines_of(t.problems) == "");
  CHECK(t[0].text.data == nullptr);
  CHECK(t[1].i == 7);
  CHECK(items(t[2]) == "a|1|b|x:y");
  CHECK(t[3].text.data != nullptr);
  CHECK(t[3].item_count == 0);
}

TEST_CASE("option values: a wrong value is refused in Connect's words") {
  struct Case { std::string name; sluice_option option; FlatConfig settings; std::string problem; };
  const Case cases[] = {
      {"required", option("o", SLUICE_STRING, SLUICE_REQUIRED), {}, "Missing required configuration \"o\" which has no default value."},
      {"required, empty", option("o", SLUICE_STRING, SLUICE_REQUIRED), {{"o", " "}}, "Invalid value   for configuration o: String must be non-empty"},
      {"int", option("o", SLUICE_INT), {{"o", "4x"}}, "Invalid value 4x for configuration o: Not a number of type INT"},
      {"too small", option("o", SLUICE_INT, 0, nullptr, 1, 9), {{"o", "0"}}, "Invalid value 0 for configuration o: Value must be at least 1"},
      {"too large", option("o", SLUICE_SIZE, 0, nullptr, 0, 1024), {{"o", "1MiB"}}, "Invalid value 1MiB for configuration o: Value must be no more than 1024"},
      {"float", option("o", SLUICE_FLOAT), {{"o", "nan"}}, "Invalid value nan for configuration o: Not a number of type DOUBLE"},
      {"float too large", option("o", SLUICE_FLOAT, 0, nullptr, 0, 1), {{"o", "1.5"}}, "Invalid value 1.5 for configuration o: Value must be no more than 1"},
      {"bool", option("o", SLUICE_BOOL), {{"o", "yes"}}, "Invalid value yes for configuration o: Expected value to be either true or false"},
      {"duration", option("o", SLUICE_DURATION), {{"o", "1 week"}}, "Invalid value 1 week for configuration o: Not a duration: write milliseconds, or a number with ms, s, m, h or d, such as 500ms or 30s"},
      {"enum", option("o", SLUICE_ENUM), {{"o", "History"}}, "Invalid value History for configuration o: String must be one of: history, current"},
      {"list", option("o", SLUICE_LIST), {{"o", "a,,b"}}, "Invalid value a,,b for configuration o: an item of the list is empty; remove the extra comma"},
      {"map", option("o", SLUICE_MAP), {{"o", "a"}}, "Invalid value a for configuration o: Not a map: write each entry as a key of its own, or {a: 1, b: 2}"},
      {"map, twice", option("o", SLUICE_MAP), {{"o", "a: 1"}, {"o.b", "2"}}, "o is set both as one text and by entries o....; keep one of the two"},
      {"reference", option("o", SLUICE_STRING), {{"o", "${env:SLUICE_NOT_SET}"}}, "o: ${env:SLUICE_NOT_SET}: the environment variable SLUICE_NOT_SET is not set; set it before sluice starts"},
      {"kind of a newer ABI", option("o", 99), {{"o", "x"}}, "Invalid value x for configuration o: the plugin gives its option the kind 99, which this host does not know"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(lines_of(type(c.settings, {c.option}).problems) == c.problem);
  }
}

TEST_CASE("option values: a secret or what a reference gave is in no message") {
  const Variable canary("SLUICE_CANARY", "canary-7f3a");
  const std::vector<sluice_option> options = {option("pin", SLUICE_INT, SLUICE_SECRET), option("port", SLUICE_INT),
                                              option("password", SLUICE_STRING, SLUICE_SECRET)};
  CHECK(lines_of(type({{"pin", "canary-7f3a"}}, options).problems) ==
        "warning: pin holds its secret in clear; write a reference such as ${env:SLUICE_PASSWORD} instead\n"
        "Invalid value [hidden] for configuration pin: Not a number of type INT");
  CHECK(lines_of(type({{"port", "${env:SLUICE_CANARY}"}}, options).problems) ==
        "Invalid value ${env:SLUICE_CANARY} for configuration port: Not a number of type INT");
  const Typed t = type({{"password", "${env:SLUICE_CANARY}"}}, options);
  CHECK(lines_of(t.problems) == "");
  CHECK(text(t[2].text) == "canary-7f3a");
}

TEST_CASE("option values: an unknown setting names the nearest one of plugin and host") {
  const std::vector<sluice_option> options = {option("table.name", SLUICE_STRING), option("columns", SLUICE_MAP), option("columns.case", SLUICE_STRING)};
  CHECK(lines_of(type({{"tabel.name", "x"}}, options).problems) == "unknown setting \"tabel.name\"; did you mean \"table.name\"?");
  CHECK(lines_of(type({{"task.max", "x"}}, options).problems) == "unknown setting \"task.max\"; did you mean \"tasks.max\"?");
  CHECK(lines_of(type({{"x", "y"}}, options).problems) == "unknown setting \"x\"; remove it; the plugin's settings are columns, columns.case, table.name");
  CHECK(lines_of(type({{"x", "y"}}, {}, UnknownKeys::are_warnings).problems) == "warning: unknown setting \"x\"; remove it");
  const Typed t = type({{"columns.case", "lower"}, {"columns.id", "order_id"}}, options);
  CHECK(lines_of(t.problems) == "");
  CHECK(items(t[1]) == "id|order_id");
  CHECK(text(t[2].text) == "lower");
}

TEST_CASE("option values: a deprecated option is taken with a warning that says what its documentation says first") {
  sluice_option old = option("old", SLUICE_STRING, SLUICE_DEPRECATED);
  old.doc = "Write new instead. It is better.";
  const Typed t = type({{"old", "x"}}, {old});
  CHECK(lines_of(t.problems) == "warning: old is deprecated: Write new instead.");
  CHECK(text(t[0].text) == "x");
}
