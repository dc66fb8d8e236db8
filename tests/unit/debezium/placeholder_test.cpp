#include "debezium_postgres_sink/decode/placeholder.h"

#include "debezium_postgres_sink/decode/base64.h"
#include "fixture.h"

using namespace sluice::debezium;
using enum BinaryMode;

namespace {

const Placeholder kUsual("__debezium_unavailable_value");
constexpr const char* kCodes = "[95,95,100,101,98,101,122,105,117,109,95,117,110,97,118,97,105,108,97,98,108,101,95,118,97,108,117,101]";

ColumnType of(TypeKind kind) { return {kind, {}, {}, "", {}}; }
ColumnType array_of(TypeKind kind) { return {TypeKind::array, {}, {}, "", std::make_shared<ColumnType>(of(kind))}; }

bool is_one(std::string_view value, const ColumnType& type, BinaryMode mode = bytes, const Placeholder& placeholder = kUsual) {
  return placeholder.matches(Parsed(value).json, type, mode);
}

}  // namespace

TEST_CASE("placeholder: C6, each type's shape of it is recognised") {
  struct Case { std::string value; ColumnType type; BinaryMode mode; };
  const Case cases[] = {
      {R"("__debezium_unavailable_value")", of(TypeKind::text), bytes}, {R"("__debezium_unavailable_value")", of(TypeKind::json), hex},
      {R"("__debezium_unavailable_value")", of(TypeKind::other), base64}, {R"("__debezium_unavailable_value")", of(TypeKind::hstore), bytes},
      {R"("__debezium_unavailable_value")", of(TypeKind::numeric), bytes},
      {R"("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")", of(TypeKind::bytea), bytes},
      {R"("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")", of(TypeKind::bytea), base64},
      {R"("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")", of(TypeKind::bytea), base64_url_safe},
      {R"("__debezium_unavailable_value")", of(TypeKind::bytea), hex},
      {R"(["__debezium_unavailable_value"])", array_of(TypeKind::text), bytes}, {R"(["__debezium_unavailable_value"])", array_of(TypeKind::json), bytes},
      {R"(["__debezium_unavailable_value"])", of(TypeKind::json), bytes},
      {R"(["X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="])", array_of(TypeKind::bytea), bytes},
      {R"(["__debezium_unavailable_value"])", array_of(TypeKind::bytea), hex},
      {kCodes, array_of(TypeKind::integer), bytes}, {kCodes, array_of(TypeKind::date), bytes}, {kCodes, of(TypeKind::json), bytes},
      {R"(["b68a35a7-17ad-35b3-af2a-ae46edb4545a"])", array_of(TypeKind::uuid), bytes},
      {R"({"__debezium_unavailable_value":"__debezium_unavailable_value"})", of(TypeKind::hstore), bytes},
      {R"({"__debezium_unavailable_value":"__debezium_unavailable_value"})", of(TypeKind::json), bytes},
      {R"("{\"__debezium_unavailable_value\":\"__debezium_unavailable_value\"}")", of(TypeKind::hstore), bytes},
      {R"("{\"__debezium_unavailable_value\":\"__debezium_unavailable_value\"}")", of(TypeKind::json), bytes},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CAPTURE(int(c.type.kind));
    CAPTURE(int(c.mode));
    CHECK(is_one(c.value, c.type, c.mode));
  }
}

TEST_CASE("placeholder: C7c, what merely contains it, or is another type's shape of it, is a value") {
  struct Case { std::string value; ColumnType type; BinaryMode mode; };
  const Case cases[] = {
      {R"("… __debezium_unavailable_value …")", of(TypeKind::text), bytes}, {R"("__debezium_unavailable_valu")", of(TypeKind::text), bytes},
      {R"("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")", of(TypeKind::text), bytes}, {R"("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")", of(TypeKind::bytea), hex},
      {R"("__debezium_unavailable_value")", of(TypeKind::bytea), base64_url_safe},  // these letters are base64 of other bytes
      {R"(["__debezium_unavailable_value","b"])", array_of(TypeKind::text), bytes}, {R"(["__debezium_unavailable_value",null])", array_of(TypeKind::text), bytes},
      {R"([["__debezium_unavailable_value"]])", array_of(TypeKind::text), bytes}, {"[]", array_of(TypeKind::text), bytes}, {"[null]", array_of(TypeKind::integer), bytes},
      {"[95,95,100]", array_of(TypeKind::integer), bytes}, {std::string(kCodes).insert(1, "95,"), array_of(TypeKind::integer), bytes},
      {R"(["b68a35a7-17ad-35b3-af2a-ae46edb4545a"])", array_of(TypeKind::text), bytes}, {R"("b68a35a7-17ad-35b3-af2a-ae46edb4545a")", of(TypeKind::uuid), bytes},
      {"{}", of(TypeKind::hstore), bytes}, {R"({"__debezium_unavailable_value":null})", of(TypeKind::hstore), bytes},
      {R"({"__debezium_unavailable_value":"__debezium_unavailable_value","b":"c"})", of(TypeKind::hstore), bytes},
      {R"({"a":"__debezium_unavailable_value"})", of(TypeKind::json), bytes}, {"null", of(TypeKind::text), bytes}, {"true", of(TypeKind::boolean), bytes},
      {"95", of(TypeKind::integer), bytes},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CAPTURE(int(c.type.kind));
    CHECK_FALSE(is_one(c.value, c.type, c.mode));
  }
  CHECK_FALSE(kUsual.matches(Json(), of(TypeKind::text), bytes));
}

TEST_CASE("placeholder: another one than Debezium's own is recognised in every shape, and none where it is empty") {
  const Placeholder other("\xffn/a?>");
  CHECK(is_one(R"("/24vYT8+")", of(TypeKind::bytea), bytes, other));
  CHECK(is_one(R"("_24vYT8-")", of(TypeKind::bytea), base64_url_safe, other));
  CHECK(is_one("[-1,110,47,97,63,62]", array_of(TypeKind::integer), bytes, other));  // Java's bytes have a sign
  CHECK_FALSE(is_one(R"("__debezium_unavailable_value")", of(TypeKind::text), bytes, other));
  const Placeholder none("");
  for (const std::string value : {R"("")", "[]", "{}", "null", R"([""])"})
    for (const TypeKind kind : {TypeKind::text, TypeKind::bytea, TypeKind::json}) CHECK_FALSE(is_one(value, of(kind), bytes, none));
}

TEST_CASE("base64: what is written is read back, in both alphabets and with each padding") {
  for (const std::string text : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfb", "?>?>"})
    for (const Alphabet alphabet : {Alphabet::standard, Alphabet::url}) {
      std::string back;
      CHECK(decode_base64(encode_base64(text, alphabet), back, alphabet));
      CHECK(back == text);
    }
  CHECK(encode_base64("\xff\xff\xfe") == "///+");
  CHECK(encode_base64("\xff\xff\xfe", Alphabet::url) == "___-");
  CHECK(encode_base64("ab") == "YWI=");
}
