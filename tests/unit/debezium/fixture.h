// What the tests of this folder share: JSON that owns its document, and one line for whatever comes of a value, so that
// a table can hold right and wrong inputs side by side.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "debezium_postgres_sink/decode/json.h"
#include "debezium_postgres_sink/record_error.h"
#include "debezium_postgres_sink/decode/schema.h"

namespace sluice::debezium {

struct Parsed {
  explicit Parsed(std::string_view text) : json(document.parse(text)) {
    CAPTURE(text);
    REQUIRE_MESSAGE(json.exists(), document.problem());
  }
  JsonDocument document;
  Json json;
};

// The text that `append` makes; "!<code>" where it refuses the record, "?<option>" where it asks for a setting.
template <class Append>
std::string outcome(Append&& append) {
  std::string out = "before ";
  try {
    append(out);
  } catch (const RecordError& e) {
    return "!" + e.code;
  } catch (const SettingNeeded& e) {
    return "?" + e.option;
  }
  REQUIRE(out.starts_with("before "));  // appended to, never overwritten
  return out.substr(7);
}

inline bool mentions(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace sluice::debezium
