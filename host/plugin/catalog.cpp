#include "plugin/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "config/class_names.h"
#include "plugin/library.h"

namespace sluice {
namespace {

std::vector<std::filesystem::path> shared_libraries(const std::filesystem::path& folder, std::error_code& error) {
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".so") found.push_back(at->path());
  std::sort(found.begin(), found.end());
  return found;
}

void load_judged(ScannedFile& scanned, PluginFile& file) {
  if (!scanned.refused.empty()) return;
  LoadedFile loaded = load_file(file);
  scanned.plugin = loaded.plugin;
  scanned.refused = std::move(loaded.refused);
}

}  // namespace

Catalog::Catalog(const std::vector<std::filesystem::path>& plugin_path, WorldWritable writable) {
  std::set<std::string> taken;
  for (const auto& folder : plugin_path) {
    std::error_code error;
    const auto libraries = shared_libraries(folder, error);
    if (error) {
      // A folder of plugin.path that is not there is usual: the build tree's and the installed one stand side by side.
      if (error != std::errc::no_such_file_or_directory)
        files_.push_back({folder, nullptr, fmt::format("the folder cannot be read: {}", error.message()), {}});
      continue;
    }
    std::vector<std::string> of_folder;
    const std::string folder_refused = libraries.empty() ? "" : judge_folder(folder, writable, of_folder);
    for (const auto& path : libraries) {
      ScannedFile scanned{path, nullptr, folder_refused, std::exchange(of_folder, {})};
      if (scanned.refused.empty()) load(scanned, plugin_path, writable);
      if (scanned.plugin && !taken.insert(scanned.plugin->name).second) {
        scanned.refused = fmt::format("a file before it on plugin.path is already the plugin \"{}\"", scanned.plugin->name);
        scanned.plugin = nullptr;
      }
      files_.push_back(std::move(scanned));
    }
  }
}

// What was judged is what is tried out and what is loaded: the path is looked at once.
void Catalog::load(ScannedFile& scanned, const std::vector<std::filesystem::path>& plugin_path, WorldWritable writable) {
  PluginFile file(scanned.file, plugin_path, writable);
  std::ranges::copy(file.warnings(), std::back_inserter(scanned.warnings));
  scanned.refused = file.refused();
  if (scanned.refused.empty()) scanned.refused = probe_file(file);
  load_judged(scanned, file);
}

Catalog Catalog::of_scanned(const std::filesystem::path& path) {
  std::error_code unknown;
  PluginFile file(path, {std::filesystem::canonical(path, unknown).parent_path()}, WorldWritable::taken);
  Catalog catalog;
  load_judged(catalog.files_.emplace_back(ScannedFile{path, nullptr, file.refused(), {}}), file);
  return catalog;
}

FoundPlugin Catalog::find(const std::string& connector_class) const {
  FoundPlugin found;
  for (const ScannedFile& file : files_)
    if (file.plugin && connector_class == file.plugin->name) return {file.plugin, {}};
  for (const ScannedFile& file : files_) {
    if (!file.plugin || !(is_alias(*file.plugin, connector_class) || is_form_of_name(*file.plugin, connector_class))) continue;
    found.plugin = file.plugin;
    found.also_meant.emplace_back(file.plugin->name);
  }
  if (found.also_meant.size() > 1) found.plugin = nullptr;
  else found.also_meant.clear();
  return found;
}

std::vector<std::string> Catalog::names() const {
  std::vector<std::string> names;
  for (const ScannedFile& file : files_)
    if (file.plugin) names.emplace_back(file.plugin->name);
  std::sort(names.begin(), names.end());
  return names;
}

Catalog make_catalog(const HostConfig& host) {
  return Catalog(host.plugin_path, lifts(host, "plugin-folder") ? WorldWritable::taken : WorldWritable::refused);
}

}  // namespace sluice
