// The text of a Java properties file -> key and value, as java.util.Properties reads it (in UTF-8). Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace sluice {

// Of a repeated key the last counts. Never fails: an incomplete \u escape stays as it is written.
std::map<std::string, std::string> parse_properties(std::string_view text);

}  // namespace sluice
