// What the rules for single types share: how a value is refused, and how its JSON is read strictly.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "debezium_postgres_sink/decode/digits.h"
#include "debezium_postgres_sink/decode/json.h"
#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {

[[noreturn]] inline void refuse(const std::string& reason, const char* code = "22P02") { throw RecordError(reason, code); }

// `what`: "a decimal", for the reason.
inline std::string_view text_of(Json value, Json::Kind kind, const char* what) {
  if (!value.is(kind)) refuse(std::string("a value that should be ") + what + " is not");
  return value.text();
}

inline int64_t integer_of(Json value, const char* what) {
  const auto number = whole_number(text_of(value, Json::Kind::number, what));
  if (!number) refuse(std::string(what) + " is no 64-bit integer", "22003");
  return *number;
}

// A float's token, or one of the words that Connect writes for what JSON has no number for.
inline std::string_view float_of(Json value, const char* what) {
  if (value.is_string() && (value.text() == "NaN" || value.text() == "Infinity" || value.text() == "-Infinity")) return value.text();
  return text_of(value, Json::Kind::number, what);
}

}  // namespace sluice::debezium
