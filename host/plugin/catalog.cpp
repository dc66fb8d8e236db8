#include "plugin/catalog.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "config/class_names.h"
#include "plugin/library.h"

namespace sluice {
namespace {

// Why the file's owner or mode forbid running its code, or "".
std::string unsafe(const std::filesystem::path& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return fmt::format("it cannot be read: {}", std::strerror(errno));
  if (S_ISLNK(info.st_mode) && stat(path.c_str(), &info) != 0)
    return fmt::format("it is a link that leads nowhere: {}", std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return "it is not a regular file";
  if (info.st_mode & S_IWOTH)
    return fmt::format("everybody may write to it, so anybody could put code into this process; run: chmod o-w {}", path.string());
  if (access(path.c_str(), R_OK) != 0) return fmt::format("it cannot be read: {}", std::strerror(errno));
  return {};
}

std::vector<std::filesystem::path> shared_libraries(const std::filesystem::path& folder, std::error_code& error) {
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".so") found.push_back(at->path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Catalog::Catalog(const std::vector<std::filesystem::path>& plugin_path) {
  std::set<std::string> taken;
  for (const auto& folder : plugin_path) {
    std::error_code error;
    const auto libraries = shared_libraries(folder, error);
    if (error) {
      // A folder of plugin.path that is not there is usual: the build tree's and the installed one stand side by side.
      if (error != std::errc::no_such_file_or_directory)
        files_.push_back({folder, nullptr, fmt::format("the folder cannot be read: {}", error.message())});
      continue;
    }
    for (const auto& file : libraries) {
      ScannedFile scanned{file, nullptr, unsafe(file)};
      if (scanned.refused.empty()) scanned.refused = probe_file(file);
      if (scanned.refused.empty()) {
        LoadedFile loaded = load_file(file);
        scanned.plugin = loaded.plugin;
        scanned.refused = std::move(loaded.refused);
      }
      if (scanned.plugin && !taken.insert(scanned.plugin->name).second) {
        scanned.refused = fmt::format("a file before it on plugin.path is already the plugin \"{}\"", scanned.plugin->name);
        scanned.plugin = nullptr;
      }
      files_.push_back(std::move(scanned));
    }
  }
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

}  // namespace sluice
