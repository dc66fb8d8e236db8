#include "rest/private_file.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {
namespace {

constexpr size_t kBytesMax = size_t{1} << 20;

struct OpenFile {
  int descriptor;
  ~OpenFile() {
    if (descriptor >= 0) close(descriptor);
  }
};

// Empty: nobody else can get at it.
std::string exposed(const struct stat& info, Secrecy secrecy, const std::string& file) {
  if (secrecy == Secrecy::none) return "";
  if (info.st_uid != 0 && info.st_uid != geteuid())
    return fmt::format("the file belongs to another user (id {}), who can read and change it; run: chown {} {}{}", info.st_uid, geteuid(), file,
                       geteuid() == 0 ? ", and chmod 640 with sluice's group where the service has a user of its own" : "");
  const bool group_may_read = info.st_uid == 0;
  if ((info.st_mode & (group_may_read ? 037u : 077u)) == 0) return "";
  return fmt::format("other users of this machine can get at the file (mode {:04o}); run: chmod 600 {}{}", info.st_mode & 07777u, file,
                     group_may_read ? ", or 640 where its group is sluice's alone" : "");
}

}  // namespace

std::optional<std::string> read_private_file(const std::filesystem::path& path, const std::string& setting, Secrecy secrecy,
                                             Problems& problems) {
  const std::string name = path.string();
  const auto refuse = [&](const std::string& reason) {
    problems.push_back({setting, fmt::format("{}: {}", setting, reason), name, 0, false});
    return std::nullopt;
  };
  const OpenFile file{open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.descriptor < 0)
    return refuse(fmt::format("the file cannot be read: {}; correct the path, or let the user of sluice read it", std::strerror(errno)));
  struct stat info {};
  if (fstat(file.descriptor, &info) != 0) return refuse(std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return refuse("this is not a regular file; name one");
  if (const std::string reason = exposed(info, secrecy, name); !reason.empty()) return refuse(reason);

  std::string content;
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(file.descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse(fmt::format("the file cannot be read: {}", std::strerror(errno)));
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > kBytesMax) return refuse("the file is larger than 1 MiB; is it the right one?");
  }
}

FileWatch::FileWatch(std::vector<std::filesystem::path> files) : files_(std::move(files)), seen_(look()) {}

bool FileWatch::changed() {
  std::vector<Stamp> now = look();
  if (now == seen_) return false;
  seen_ = std::move(now);
  return true;
}

std::vector<FileWatch::Stamp> FileWatch::look() const {
  std::vector<Stamp> stamps;
  for (const auto& file : files_) {
    struct stat info {};
    // The time of the last change of state, too: a chmod that mends a file is a change.
    if (stat(file.c_str(), &info) != 0) stamps.push_back({});
    else stamps.push_back({info.st_ctim.tv_sec, info.st_ctim.tv_nsec, info.st_size, info.st_ino});
  }
  return stamps;
}

}  // namespace sluice
