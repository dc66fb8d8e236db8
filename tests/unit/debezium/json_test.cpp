#include "debezium_postgres_sink/decode/json.h"

#include "debezium_postgres_sink/decode/utf8.h"
#include "fixture.h"

using namespace sluice::debezium;
using Kind = JsonNode::Kind;

namespace {

std::string nested(int depth, const char* open, const char* close) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += open;
  for (int i = 0; i < depth; ++i) text += close;
  return text;
}

}  // namespace

TEST_CASE("json: a number is the text it came with") {
  for (const std::string number : {"0", "-0", "10.50", "12345678901234567890.10", "-9.999999999E7", "1.0E-4", "9223372036854775807",
                             "99999999999999999999999999999999999999", "1.7976931348623157E308", "1.00000000001e-2147483639"}) {
    const Parsed p(std::string("{\"a\":") + number + "}");
    CAPTURE(number);
    CHECK(p.json.find("a").is(Kind::number));
    CHECK(p.json.find("a").text() == number);
  }
}

TEST_CASE("json: C5, a number beyond a double's range is its text as well, at its own place") {
  const std::string nines(400, '9'), far = "1e999999999999", tiny = "-" + nines + "." + nines + "E-5", last = "1" + std::string(100'000, '0');
  const Parsed p(R"({"a":1e5,"s\"1e400":"\\","b":[)" + nines + ",\"" + nines + "\"," + far + "," + tiny + R"(,null,0.50],"c":)" + last + "}");
  CHECK(p.json.find("a").text() == "1e5");
  CHECK(p.json.find("s\"1e400").text() == "\\");
  CHECK(p.json.find("c").is(Kind::number));
  CHECK(p.json.find("c").text() == last);
  std::string all;
  for (const Json item : p.json.find("b")) all += std::string(item.text()) + "|";
  CHECK(all == nines + "|" + nines + "|" + far + "|" + tiny + "||0.50|");
}

TEST_CASE("json: beside a number beyond a double's range, what is no number is still refused") {
  JsonDocument document;
  const std::string nines(400, '9');
  for (const std::string& text : {"[" + nines + ",01]", "[" + nines + ",1.e5]", "[" + nines + ",0" + nines + "]", "[" + nines + "e]", "[" + nines + ",--1]",
                                  "[" + nines + ",1-2]", "[" + nines + ",1e5e5]", "[" + nines + "." + nines + ".1]", "[" + nines, "-" + nines + "x"}) {
    CAPTURE(text);
    CHECK_FALSE(document.parse(text));
    CHECK_FALSE(document.problem().empty());
  }
  CHECK(document.parse("[1]"));
}

TEST_CASE("json: escapes become characters, pairs of surrogates too") {
  const Parsed p(R"({"a":"tab\tnl\nbs\\ cr\r q\" \/ \u00fc \uD83D\uDE00","b":"\u0000","c":"日😀"})");
  CHECK(p.json.find("a").text() == "tab\tnl\nbs\\ cr\r q\" / ü 😀");
  CHECK(p.json.find("b").text() == std::string_view("\0", 1));
  CHECK(p.json.find("c").text() == "日😀");
}

TEST_CASE("json: null, a missing member and an empty text are three things") {
  const Parsed p(R"({"a":null,"b":"","c":false})");
  CHECK(p.json.find("a").is_null());
  CHECK(p.json.find("b").is_string());
  CHECK(p.json.find("b").text().empty());
  CHECK(p.json.find("c").text() == "false");
  CHECK_FALSE(p.json.find("d").exists());
  CHECK_FALSE(p.json.find("a").find("x").exists());
}

TEST_CASE("json: siblings are found past nested values, and the first of two equal names counts") {
  const Parsed p(R"({"a":{"x":[1,{"y":2}],"z":{}},"b":[[],[3]],"c":1,"c":2})");
  CHECK(p.json.find("c").text() == "1");
  CHECK(p.json.find("a").find("z").is_object());
  std::string keys;
  for (const Json member : p.json) keys += member.key();
  CHECK(keys == "abcc");
}

TEST_CASE("json: nesting is capped at 100, and a flood of brackets breaks nothing") {
  JsonDocument document;
  CHECK(document.parse(nested(100, "[", "]")));
  CHECK(document.parse(nested(99, "{\"a\":", "}").insert(99 * 5, "1")));
  CHECK_FALSE(document.parse(nested(101, "[", "]")));
  CHECK(mentions(document.problem(), "nested"));
  CHECK_FALSE(document.parse(std::string(1 << 20, '[')));
  CHECK(document.parse("1"));  // a document can be used again after a refusal
}

TEST_CASE("json: a huge document between small ones is read like any other") {
  JsonDocument document;
  for (const size_t size : {size_t{1}, size_t{10} << 20, size_t{2}, size_t{100'000}, size_t{9} << 20, size_t{3}}) {
    std::string text = R"({"a":")" + std::string(size, 'x') + R"(","b":[)";
    for (size_t i = 0; i < size / 10; ++i) text += "1,";
    const JsonNode* root = document.parse(text + "1.50]}");
    REQUIRE(root);
    CHECK(Json(root).find("a").text().size() == size);
    size_t elements = 0;
    std::string_view last;
    for (const Json element : Json(root).find("b")) ++elements, last = element.text();
    CHECK(elements == size / 10 + 1);
    CHECK(last == "1.50");
  }
}

TEST_CASE("f59: a million brackets, a number that no double has, equal names, a text of 100 MB and what is no UTF-8 are read or refused") {
  JsonDocument document;
  for (const char* open : {"[", "{\"a\":", "[{\"a\":", "[[\"x\","}) {
    std::string text;
    while (text.size() < 4'000'000) text += open;
    CHECK_FALSE(document.parse(text));
    CHECK(mentions(document.problem(), "nested"));
  }
  const JsonNode* root = document.parse(R"({"a": 1.00000000001e-2147483639, "a": 2, "b": [1, 1e2147483648]})");
  REQUIRE(root);
  CHECK(Json(root).find("a").text() == "1.00000000001e-2147483639");
  const std::string large(100'000'000, 'x');
  root = document.parse("\"" + large + "\"");
  REQUIRE(root);
  CHECK(Json(root).text() == large);
  for (const char* bytes : {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "{\"\xe2\x82\": 1}"}) CHECK_FALSE(document.parse(bytes));
}

TEST_CASE("json: what is not exactly one sound value is refused, and the reason quotes none of it") {
  using namespace std::string_literals;
  const std::string cases[] = {
      "", " ", "{", "{\"a\":}", "{\"a\":1,}", "[1 2]", "{} {}", "secret", "nul", "NaN", "01", "1.", "+1", "'secret'", "{a:1}", "\"secret",
      "{}\0"s, "{}\0{}"s, "\"\x01\"", "\"\\x\"",
      "\"\\uD800\"", "\"\\uDC00\"", "\"\\uD800x\"", "\"\\uD800\\uD800\"", "{\"\\uD800\":1}",        // lone surrogates
      "\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\xaf\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"",  // not UTF-8
  };
  JsonDocument document;
  for (const std::string& text : cases) {
    CAPTURE(text);
    CHECK_FALSE(document.parse(text));
    CHECK_FALSE(document.problem().empty());
    CHECK_FALSE(mentions(document.problem(), "secret"));
  }
}

TEST_CASE("json: what is written again is the same value, with its numbers' text and each member") {
  for (const std::string text : {R"({"b":[1,2.50,1E+400,null,true,""],"a":{},"a":[],"q\"":"\\ \n\r\t\u0000\u001f 😀"})", "[]", "null", "\"x\"", "-0.0"}) {
    std::string again;
    append_json(again, Parsed(text).json);
    CHECK(again == text);
  }
  std::string out;
  append_json(out, Parsed(R"( { "a" : "\u00e9\/" } )").json);
  CHECK(out == R"({"a":"é/"})");
}

TEST_CASE("json: the leading value ends where its brackets close, whatever its strings hold") {
  struct Case { std::string text; std::string value; };
  const Case cases[] = {
      {R"({"a":"}]\"}"},"payload":1})", R"({"a":"}]\"}"})"}, {"null,\"payload\":1}", "null"}, {"[1,[2]],3", "[1,[2]]"}, {"\"a,b\",1", "\"a,b\""},
      {"{\"a\":1", ""}, {"", ""}, {"\"open", ""}, {"\"open\\", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(leading_value(c.text) == c.value);
  }
}

TEST_CASE("utf8: the edges of each length are characters, overlong forms, surrogates and cut ones are none") {
  for (const std::string text : {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
                           "\xf4\x8f\xbf\xbf", "eight ascii bytes and ü"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
  for (const std::string text : {"\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff", "eight ascii bytes and \xc3"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
}
