#include "connector/connector_folder.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/durable_file.h"
#include "base/log.h"
#include "base/loggers.h"
#include "config/yaml_file.h"
#include "connector/state_folder.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

}  // namespace

std::optional<ConnectorFolder::Reading> ConnectorFolder::read(const std::set<fs::path>& in_use) {
  if (folder_.empty()) return Reading{};
  const std::optional<Prints> now = look();
  if (!now) return std::nullopt;
  Reading reading;
  reading.files = load_connector_files(folder_, reading.problems, in_use);
  if (std::ranges::find(reading.problems, folder_.string(), &Problem::file) != reading.problems.end()) return std::nullopt;
  read_ = seen_ = *now;  // looked at before it was read, so that a change in between is found next time
  return reading;
}

std::optional<ConnectorFolder::Reading> ConnectorFolder::read_when_still(const std::set<fs::path>& in_use, bool again) {
  if (folder_.empty()) return std::nullopt;
  std::optional<Prints> now = look();
  if (!now) return std::nullopt;
  const bool stands_still = *now == seen_;
  seen_ = std::move(*now);
  return stands_still && (again || seen_ != read_) ? read(in_use) : std::nullopt;
}

std::optional<ConnectorFolder::Prints> ConnectorFolder::look() {
  Prints prints;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    struct stat info {};
    if (!is_connector_file(at->path()) || ::stat(at->path().c_str(), &info) != 0) continue;
    prints[at->path()] = {info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
  }
  if (error && !std::exchange(unreadable_, true))
    connector_log().error("the folder of the connectors, {}, cannot be read: {}; the connectors go on as they are", printable(folder_.string()),
                  error.message());
  if (error) return std::nullopt;
  if (std::exchange(unreadable_, false)) connector_log().info("the folder of the connectors, {}, can be read again", printable(folder_.string()));
  return prints;
}

std::optional<std::string> ConnectorFolder::why_not_a_file(const FlatConfig& config) {
  Problems problems;
  const auto read = parse_yaml(to_connector_file(config), "", problems);
  if (!problems.empty()) return problems.front().message;
  if (!read || read->settings != config) return "their text would not be read again as it is";
  return std::nullopt;
}

std::variant<fs::path, std::string> ConnectorFolder::save(const std::string& connector, const FlatConfig& config, const fs::path& existing) {
  if (folder_.empty()) return fs::path();
  fs::path file = existing.empty() ? unused_file(connector) : existing;
  if (const std::error_code error = write_durably(file, to_connector_file(config)))
    return fmt::format("the settings cannot be written to {}: {}; make the folder writable for sluice, or declare the connector in a file "
                       "there yourself", file.string(), error.message());
  written_by_us(file);
  return file;
}

std::optional<std::string> ConnectorFolder::remove(const fs::path& file) {
  if (folder_.empty()) return std::nullopt;
  if (const std::error_code error = remove_durably(file))
    return fmt::format("its file {} cannot be removed: {}; make the folder writable for sluice, or remove the file yourself",
                       file.string(), error.message());
  written_by_us(file);
  return std::nullopt;
}

// Only this file: what people did to others meanwhile is still to be found.
void ConnectorFolder::written_by_us(const fs::path& file) {
  struct stat info {};
  const bool there = ::stat(file.c_str(), &info) == 0;
  for (Prints* prints : {&read_, &seen_})
    if (there) (*prints)[file] = {info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
    else prints->erase(file);
}

fs::path ConnectorFolder::unused_file(const std::string& connector) const {
  const std::string stem = file_stem_of(connector);
  fs::path file = folder_ / (stem + ".yaml");
  std::error_code ignored;
  for (int number = 2; fs::exists(fs::symlink_status(file, ignored)); ++number) file = folder_ / fmt::format("{}~{}.yaml", stem, number);
  return file;
}

}  // namespace sluice
