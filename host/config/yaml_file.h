// YAML text -> a flat map of settings with the line of each. The only file that includes yaml-cpp.
//
// yaml-cpp 0.7 builds cyclic graphs, expands aliases without bound, takes the first of duplicate keys and ignores all but the
// first document. So no node is ever built: its parser's events are flattened as they come, and all of that is refused.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include "config/flat_config.h"
#include "config/problem.h"

namespace sluice {

struct YamlSettings {
  FlatConfig settings;               // nested maps become dotted keys; lists of plain values are joined by commas
  std::map<std::string, int> lines;  // key -> 1-based line
};

// Nothing when the text is not usable at all; smaller mistakes are problems beside a result. `file` is for the problems.
std::optional<YamlSettings> parse_yaml(std::string_view text, const std::string& file, Problems& problems);
// `text`, which is UTF-8 without NUL, as a quoted YAML text on one line.
std::string yaml_text(std::string_view text);

std::optional<YamlSettings> read_yaml_file(const std::filesystem::path& file, Problems& problems);

}  // namespace sluice
