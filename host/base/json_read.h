// Members of JSON that this program has written itself: what is not there is empty or 0.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"

namespace sluice {

inline const JsonValue& member(const JsonValue& object, std::string_view name) {
  static const JsonValue kNothing;
  const JsonValue* found = object.find(name);
  return found ? *found : kNothing;
}

inline const std::string& text_of(const JsonValue& object, std::string_view name) { return member(object, name).text; }
inline int64_t integer_of(const JsonValue& object, std::string_view name) { return std::strtoll(text_of(object, name).c_str(), nullptr, 10); }
inline bool flag_of(const JsonValue& object, std::string_view name) { return text_of(object, name) == "true"; }

}  // namespace sluice
