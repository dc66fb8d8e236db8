#include <doctest/doctest.h>
#include "base/json.h"

using namespace sluice;

namespace {

std::string error_of(const std::string& document) {
  const auto parsed = parse_json(document);
  const JsonError* error = std::get_if<JsonError>(&parsed);
  return error ? error->message : "";
}

JsonValue value_of(const std::string& document) { return std::get<JsonValue>(parse_json(document)); }

}  // namespace

TEST_CASE("json: values keep their text as written") {
  const JsonValue value = value_of("\xef\xbb\xbf { \"a\": 1.50, \"b\": 1.00000000001e-2147483639, \"c\": [true, null, \"\\u00fc\"], \"d\": {} } ");
  CHECK(value.kind == JsonValue::Kind::object);
  CHECK(value.find("a")->text == "1.50");
  CHECK(value.find("b")->text == "1.00000000001e-2147483639");
  CHECK(value.find("c")->items[0].second.text == "true");
  CHECK(value.find("c")->items[1].second.kind == JsonValue::Kind::null);
  CHECK(value.find("c")->items[2].second.text == "\xc3\xbc");
  CHECK(value.find("d")->kind == JsonValue::Kind::object);
  CHECK(!value.find("e"));
}

TEST_CASE("json: what is refused, and why") {
  const std::pair<std::string, const char*> cases[] = {
      {"", "no text"},
      {" \n", "no text"},
      {"{", "malformed"},
      {"{\"a\":1}{", "malformed"},
      {"{'a':1}", "malformed"},
      {"[1,]", "malformed"},
      {"\"\x80\"", "malformed"},
      {"\"\xed\xa0\x80\"", "malformed"},
      {std::string("{}\0{", 4), "text after the end"},
      {"{\"a\":{\"b\":1,\"b\":2}}", "twice"},
      {std::string(101, '[') + std::string(101, ']'), "more than 100 levels"},
      {std::string(1000000, '['), "more than 100 levels"},
  };
  for (const auto& [document, message] : cases) {
    CAPTURE(document.substr(0, 50));
    CHECK(error_of(document).find(message) != std::string::npos);
  }
  CHECK(error_of(std::string(100, '[') + std::string(100, ']')) == "");
}

TEST_CASE("json: written text is escaped, and bytes that are not UTF-8 are repaired") {
  JsonWriter json;
  json.begin_object().text("a\"", "\n\x01\xff\xc3\xbc\xf0\x9f").key("b").begin_array().number(-1).end_array().end_object();
  CHECK(json.result() == "{\"a\\\"\":\"\\n\\u0001\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd\",\"b\":[-1]}");
}
