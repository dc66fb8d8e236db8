// A connector's configuration as Kafka Connect has it: a flat map of strings. Nested YAML and dotted keys mean the same.
#pragma once
#include <map>
#include <string>

namespace sluice {

using FlatConfig = std::map<std::string, std::string>;

}  // namespace sluice
