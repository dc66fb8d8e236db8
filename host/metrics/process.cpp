#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace sluice {
namespace {

// What is none is 0: sandboxes imitate these files as they like.
double number_of(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

// /proc/self/stat from the third field on: the second is a name in brackets, which may hold anything. Fields are counted as in proc(5).
class Stat {
 public:
  Stat() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) return;
    std::istringstream rest(line.substr(name_end + 1));
    for (std::string& field : fields_) rest >> field;
  }
  double number(size_t field) const {
    return number_of(fields_[field - 3]);
  }
  uint64_t resident_bytes() const { return static_cast<uint64_t>(number(24)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)); }

 private:
  std::array<std::string, 22> fields_;  // 3 to 24
};

// By the clocks and not by /proc/stat, which the service's sandbox hides.
double boot_seconds() {
  timespec now{}, since_boot{};
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  return static_cast<double>(now.tv_sec - since_boot.tv_sec) + static_cast<double>(now.tv_nsec - since_boot.tv_nsec) / 1e9;
}

uint64_t open_files() {
  uint64_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) ++count;
  return count > 0 ? count - 1 : 0;  // without the one that lists them
}

}  // namespace

uint64_t resident_bytes() { return Stat().resident_bytes(); }

ProcessFigures process_figures() {
  const Stat stat;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessFigures figures;
  figures.cpu_seconds = (stat.number(14) + stat.number(15)) / ticks;
  figures.threads = static_cast<uint64_t>(stat.number(20));
  // Once: computed anew it would differ by what passes between two looks at the clocks, and look like a new start.
  static const double kStart = boot_seconds() + stat.number(22) / ticks;
  figures.start_seconds = kStart;
  figures.virtual_bytes = static_cast<uint64_t>(stat.number(23));
  figures.resident_bytes = stat.resident_bytes();
  figures.open_files = open_files();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.most_files = limit.rlim_cur;
  return figures;
}

}  // namespace sluice
