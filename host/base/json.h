// JSON that comes from outside, and JSON out. Parsed iteratively, numbers kept as written, depth capped: RapidJSON's recursive
// mode overflows the stack, and some numbers are undefined behaviour in it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice {

struct JsonItem;

struct JsonValue {
  enum class Kind { null, boolean, number, text, array, object } kind = Kind::null;
  std::string text;             // text; boolean and number as written
  std::vector<JsonItem> items;  // object: in order; array: keys are empty

  const JsonValue* find(std::string_view key) const;  // of an object
};

struct JsonItem {  // a pair, which clang makes of complete types only
  std::string first;
  JsonValue second;
};

struct JsonError {
  std::string message;  // one sentence that names the place, never the content
};

// A whole document. Refuses duplicate keys, trailing text, bytes that are not UTF-8; takes a byte order mark.
std::variant<JsonValue, JsonError> parse_json(std::string_view document);

// The same document over several lines, for people; every number as it was.
std::string pretty_json(const JsonValue& value);
std::string compact_json(const JsonValue& value);  // on one line

// Writes one document; calls must nest properly. Text that is not UTF-8 is repaired.
class JsonWriter {
 public:
  JsonWriter();
  ~JsonWriter();

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& number(int64_t value);
  JsonWriter& real(double value);  // null for what is no finite number
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // A member whose value is a text.
  JsonWriter& text(std::string_view name, std::string_view value) { return key(name).text(value); }

  std::string result() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
