// The classes of Kafka Connect that sluice itself understands: transforms, predicates, converters. Immutable; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "config/setting_definitions.h"

namespace sluice {

struct BuiltinClass {
  std::string_view name;     // Java's: "org.apache.kafka.connect.transforms.RegexRouter"
  std::string_view type;     // transformation, predicate, converter, header_converter
  std::string_view version;  // of Kafka or Debezium, whose behaviour it keeps to
  std::vector<SettingDefinition> settings;
};

// In Connect's order: by type, then by name.
const std::vector<BuiltinClass>& builtin_classes();

// By Java's name, or by its last part alone: "RegexRouter". Null: none.
const BuiltinClass* find_builtin(std::string_view name);

// "org.apache.kafka.connect.transforms.InsertField$Value" -> "InsertField$Value"
std::string_view simple_name(std::string_view name);

}  // namespace sluice
