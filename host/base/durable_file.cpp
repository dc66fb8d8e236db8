#include "base/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace sluice {
namespace {

constexpr mode_t kOwnerOnly = 0600;  // settings may hold secrets

std::error_code last_error() { return {errno, std::generic_category()}; }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  const int number_;
};

// All that follows happens in this folder, whatever becomes of the path meanwhile.
int open_folder(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path().empty() ? "." : file.parent_path();
  return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file) == 0;
}

}  // namespace

std::error_code write_durably(const std::filesystem::path& file, std::string_view text) {
  const Descriptor folder(open_folder(file));
  if (!folder.open()) return last_error();
  const std::string name = file.filename().string(), fresh = "." + name + ".new";
  ::unlinkat(folder.number(), fresh.c_str(), 0);  // of a process that died
  const Descriptor out(::openat(folder.number(), fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
  if (!out.open()) return last_error();
  if (!write_all(out.number(), text) || ::renameat(folder.number(), fresh.c_str(), folder.number(), name.c_str()) != 0) {
    const std::error_code error = last_error();
    ::unlinkat(folder.number(), fresh.c_str(), 0);
    return error;
  }
  return ::fsync(folder.number()) == 0 ? std::error_code() : last_error();
}

std::error_code remove_durably(const std::filesystem::path& file) {
  const Descriptor folder(open_folder(file));
  if (!folder.open()) return errno == ENOENT ? std::error_code() : last_error();
  if (::unlinkat(folder.number(), file.filename().c_str(), 0) != 0) return errno == ENOENT ? std::error_code() : last_error();
  return ::fsync(folder.number()) == 0 ? std::error_code() : last_error();
}

}  // namespace sluice
