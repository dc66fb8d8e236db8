#include "config/connector_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "config/scalars.h"
#include "config/yaml_file.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMadeOverRest = "# sluice: made over REST";

bool says_made_over_rest(const fs::path& file) {
  std::string line(kMadeOverRest.size(), '\0');
  return std::ifstream(file, std::ios::binary).read(line.data(), static_cast<std::streamsize>(line.size())) && line == kMadeOverRest;
}

std::string value_of(const FlatConfig& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? std::string() : std::string(trim(found->second));
}

}  // namespace

std::string consumer_group(const FlatConfig& settings) {
  const std::string group = value_of(settings, "consumer.override.group.id");
  return group.empty() ? "connect-" + value_of(settings, "name") : group;
}

bool is_connector_file(const fs::path& file) {
  const std::string name = file.filename().string();
  return !name.starts_with('.') && (file.extension() == ".yaml" || file.extension() == ".yml");
}

std::vector<ConnectorFile> load_connector_files(const fs::path& folder, Problems& problems, const std::set<fs::path>& in_use) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (is_connector_file(at->path())) paths.push_back(at->path());
  if (error) {
    problems.push_back({"connectors.dir", fmt::format("the folder of the connectors cannot be read: {}; make it, or correct "
                                                      "connectors.dir in the host file", error.message()), folder.string(), 0, false});
    return {};
  }
  std::ranges::sort(paths);
  std::ranges::stable_partition(paths, [&](const fs::path& path) { return in_use.contains(path); });

  std::vector<ConnectorFile> files;
  std::map<std::string, fs::path> names, groups;
  for (const fs::path& path : paths) {
    const size_t before = problems.size();
    ConnectorFile file = load_connector_file(path, problems);
    bool usable = problems.size() == before;
    const auto distinct = [&](const char* key, const char* what, const std::string& value, std::map<std::string, fs::path>& taken) {
      if (!usable || value.empty()) return;
      const auto [other, fresh] = taken.try_emplace(value, path);
      if (fresh) return;
      problems.push_back({key, fmt::format("{} \"{}\" is that of {} too; give each connector its own", what, shown(value),
                                           other->second.string()), "", 0, false});
      locate(problems, problems.size() - 1, file);
      usable = false;
    };
    const std::string name = value_of(file.settings, "name");
    distinct("name", "the name", name, names);
    if (!name.empty()) distinct("consumer.override.group.id", "the consumer group", consumer_group(file.settings), groups);
    if (usable) files.push_back(std::move(file));
  }
  return files;
}

ConnectorFile load_connector_file(const fs::path& file, Problems& problems) {
  ConnectorFile result{file, {}, {}, says_made_over_rest(file)};
  if (auto yaml = read_yaml_file(file, problems)) {
    result.settings = std::move(yaml->settings);
    result.lines = std::move(yaml->lines);
  }
  return result;
}

std::string to_connector_file(const FlatConfig& settings) {
  std::string text = fmt::format("{}, which may change or delete this file. Without this line only people do.\n", kMadeOverRest);
  for (const auto& [key, value] : settings) text += fmt::format("{}: {}\n", yaml_text(key), yaml_text(value));
  return text;
}

void locate(Problems& problems, size_t from, const ConnectorFile& file) {
  for (size_t i = from; i < problems.size(); ++i) {
    Problem& problem = problems[i];
    if (!problem.file.empty()) continue;
    problem.file = file.file.string();
    if (problem.key.empty()) continue;
    // A setting that is a map has lines for its entries only: the first of them.
    auto at = file.lines.find(problem.key);
    if (at == file.lines.end()) {
      at = file.lines.lower_bound(problem.key + ".");
      if (at != file.lines.end() && !at->first.starts_with(problem.key + ".")) at = file.lines.end();
    }
    if (at != file.lines.end()) problem.line = at->second;
  }
}

}  // namespace sluice
