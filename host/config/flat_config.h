// A connector's configuration as Kafka Connect has it: a flat map of strings. Nested YAML and dotted keys mean the same.
#pragma once
#include <cstddef>
#include <map>
#include <string>

namespace sluice {

using FlatConfig = std::map<std::string, std::string>;

// Of a setting's name. In quotes, each byte an escape of four, it is what a key of YAML may be, 1,024 characters; and 50 levels of long names
// times many leaves must not fill the memory.
inline constexpr size_t kKeyBytesMax = 250;

}  // namespace sluice
