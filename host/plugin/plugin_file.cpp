#include "plugin/plugin_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice {
namespace {

namespace fs = std::filesystem;

bool is_below(const fs::path& file, const fs::path& folder) {
  const auto [end, unused] = std::ranges::mismatch(folder, file);
  return end == folder.end();
}

// Whoever may write it decides what this process does.
std::string writable_by_all(const char* what, const fs::path& path) {
  return fmt::format("everybody may write to {}, so anybody could put code into this process; run: chmod o-w {}", what, path.string());
}

void warn_of_others(const struct stat& info, const fs::path& path, std::vector<std::string>& warnings) {
  if ((info.st_mode & S_IWGRP) && info.st_gid != 0)
    warnings.push_back(fmt::format("{}: the group {} may write to it, so its members can put code into this process; run: chmod g-w {}", path.string(),
                                   info.st_gid, path.string()));
  if (info.st_uid != 0 && info.st_uid != geteuid())
    warnings.push_back(fmt::format("{}: it belongs to the user {}, who can put code into this process; run: chown root {}", path.string(), info.st_uid,
                                   path.string()));
}

}  // namespace

PluginFile::PluginFile(const fs::path& path, const std::vector<fs::path>& within, WorldWritable writable) : path_(path) {
  refused_ = open(within);
  if (refused_.empty()) refused_ = judge(writable);
  if (refused_.empty()) refused_ = take_copy();
}

PluginFile::~PluginFile() {
  if (descriptor_ >= 0 && !kept_) ::close(descriptor_);
}

std::string PluginFile::open_path() const {
  std::string open = fmt::format("/proc/{}/fd/{}", getpid(), descriptor_);
  return access(open.c_str(), F_OK) == 0 ? open : path_.string();
}

std::string PluginFile::open(const std::vector<fs::path>& within) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;  // a pipe would be waited for
  descriptor_ = ::open(path_.c_str(), kFlags);
  if (descriptor_ >= 0) return {};
  if (errno != ELOOP) return fmt::format("it cannot be read: {}", std::strerror(errno));
  std::error_code error;
  const fs::path real = fs::canonical(path_, error);
  if (error) return fmt::format("it is a link that leads nowhere: {}", error.message());
  const auto inside = [&](const fs::path& file) {
    return std::ranges::any_of(within, [&](const fs::path& folder) {
      std::error_code unknown;
      const fs::path allowed = fs::canonical(folder, unknown);
      return !unknown && is_below(file, allowed);
    });
  };
  const std::string outside = fmt::format("it is a link that leads out of plugin.path, to {}; copy the file, or add its folder to plugin.path", real.string());
  if (!inside(real)) return outside;
  descriptor_ = ::open(real.c_str(), kFlags);
  if (descriptor_ < 0) return fmt::format("it cannot be read: {}", std::strerror(errno));
  // Once more, of what is open: a link on the way could have been bent in between.
  const fs::path opened = fs::read_symlink(open_path(), error);
  return error || !inside(opened) ? outside : std::string();
}

std::string PluginFile::judge(WorldWritable writable) {
  struct stat info {};
  if (fstat(descriptor_, &info) != 0) return fmt::format("it cannot be read: {}", std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return "it is not a regular file";
  if ((info.st_mode & S_IWOTH) && writable == WorldWritable::refused) return writable_by_all("it", path_);
  warn_of_others(info, path_, warnings_);
  return {};
}

// Code that runs is read from the file whenever memory was needed for something else: whoever writes into the file (`cp` over it) would change it
// under the running process, and whoever shortens it would end the process.
std::string PluginFile::take_copy() {
  const int copy = memfd_create(path_.filename().c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (copy < 0) return {};  // a sandbox without it: then the file itself is loaded
  off_t at = 0;
  ssize_t sent = 0;
  constexpr size_t kPiece = size_t{1} << 30;
  while ((sent = sendfile(copy, descriptor_, &at, kPiece)) > 0) {
  }
  if (sent < 0 || fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    const int error = errno;
    ::close(copy);
    return fmt::format("it could not be copied into memory: {}", std::strerror(error));
  }
  ::close(std::exchange(descriptor_, copy));
  return {};
}

std::string judge_folder(const fs::path& folder, WorldWritable writable, std::vector<std::string>& warnings) {
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) return fmt::format("its folder cannot be read: {}", std::strerror(errno));
  if ((info.st_mode & S_IWOTH) && writable == WorldWritable::refused) return writable_by_all("its folder", folder);
  warn_of_others(info, folder, warnings);
  return {};
}

}  // namespace sluice
