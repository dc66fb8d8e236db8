#include "plugin/library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "base/log.h"
#include "plugin/host_table.h"
#include "plugin/scan_filter.h"

namespace sluice {
namespace {

constexpr auto kProbeLimit = std::chrono::seconds(10);  // on a machine that is busy beyond measure a sound one has taken more than 5

// The oldest table that a 1.x host takes: everything up to `extension`, the last member of 1.0.
constexpr size_t kSmallestTable = offsetof(sluice_plugin, extension) + sizeof(sluice_plugin::extension);

LoadedFile refuse(std::string why) { return {nullptr, std::move(why)}; }

bool plugin_name_is_valid(const char* name) {
  if (!name || name[0] < 'a' || name[0] > 'z' || std::strlen(name) > 64) return false;
  return std::strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == std::strlen(name);
}

// What the table has to hold before anything of it is used; a null text is the reason to refuse.
std::string fault_of(const sluice_plugin& p) {
  if (p.struct_size < kSmallestTable)
    return fmt::format("its table is {} bytes long, ABI 1.0 has {}: build it against this release's sluice_plugin.h",
                       p.struct_size, kSmallestTable);
  if (p.min_abi_minor > SLUICE_ABI_MINOR)
    return fmt::format("it needs plugin ABI 1.{} or newer, this host speaks 1.{}: use a newer host or an older build of the "
                       "plugin", p.min_abi_minor, SLUICE_ABI_MINOR);
  if (!plugin_name_is_valid(p.name)) return "its name is missing or is not of the form [a-z][a-z0-9-]*";
  if (!p.version || !*p.version) return "it states no version";
  if (!p.create || !p.destroy || !p.put) return "it lacks one of the required functions create, destroy and put";
  if (p.option_count && !p.options) return "it announces options but has no table of them";
  if ((p.flags & SLUICE_OWNS_OFFSETS) && !p.open) return "it claims to own its offsets but has no open function";
  return {};
}

// The loader knows only the path that it was given.
std::string named(std::string text, const PluginFile& file) {
  const std::string opened = file.open_path();
  if (const size_t at = text.find(opened); at != text.npos) text.replace(at, opened.size(), file.path().string());
  return text;
}

std::string other_major(void* library) {
  for (int major = 0; major <= 9; ++major) {
    if (major == SLUICE_ABI_MAJOR) continue;
    if (dlsym(library, fmt::format("sluice_plugin_v{}", major).c_str())) return std::to_string(major);
  }
  return {};
}

// All else that this process has open is none of a library's business.
void keep_open(std::initializer_list<int> kept) {
  std::vector<unsigned> numbers(kept.begin(), kept.end());
  std::sort(numbers.begin(), numbers.end());
  unsigned from = STDERR_FILENO + 1;
  for (const unsigned number : numbers) {
    if (from < number) close_range(from, number - 1, 0);
    from = number + 1;
  }
  close_range(from, ~0u, 0);
}

}  // namespace

LoadedFile load_file(PluginFile& file) {
  // NOW: a missing symbol is found here and not in production. LOCAL: plugins do not see each other's symbols.
  void* library = dlopen(file.open_path().c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    const char* why = dlerror();
    return refuse(fmt::format("it cannot be loaded as a shared library: {}", why ? printable(named(why, file), 300) : "unknown reason"));
  }
  file.keep();
  auto entry = reinterpret_cast<sluice_entry_fn>(dlsym(library, SLUICE_ENTRY));
  if (!entry) {
    const std::string major = other_major(library);
    if (!major.empty())
      return refuse(fmt::format("it was built for plugin ABI {}, this host speaks {}: get a build for ABI {}", major,
                                SLUICE_ABI_MAJOR, SLUICE_ABI_MAJOR));
    return refuse("it does not export " SLUICE_ENTRY ": it is not a sluice plugin, or was linked without exporting it");
  }
  sluice_error error{};
  const sluice_plugin* plugin = entry(host_table(), &error);
  if (!plugin) {
    error.message[sizeof error.message - 1] = '\0';
    return refuse(fmt::format("it declined to load: {}", error.message[0] ? printable(error.message) : "no reason given"));
  }
  std::string fault = fault_of(*plugin);
  if (!fault.empty()) return refuse(std::move(fault));
  return {plugin, {}};
}

std::string probe_file(PluginFile& file) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fmt::format("it could not be tried out: {}", std::strerror(errno));
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return fmt::format("it could not be tried out in a child process: {}", std::strerror(errno));
  }
  if (child == 0) {
    // The scan runs before the host has any thread, so a bare fork is sound here. What the library prints is dropped.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    keep_open({file.descriptor(), ends[1]});
    if (!confine_to_reading()) {
      const std::string_view unconfined = "-this system has no seccomp, without which no library is tried out; run sluice on Linux with CONFIG_SECCOMP_FILTER";
      ssize_t ignored = write(ends[1], unconfined.data(), unconfined.size());
      static_cast<void>(ignored);
      _exit(0);
    }
    const std::string refused = load_file(file).refused;
    const std::string answer = refused.empty() ? "+" : "-" + refused;
    ssize_t ignored = write(ends[1], answer.data(), answer.size());
    static_cast<void>(ignored);
    _exit(0);
  }
  close(ends[1]);

  std::string answer;
  const auto deadline = std::chrono::steady_clock::now() + kProbeLimit;
  bool hung = false;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{ends[0], POLLIN, 0};
    const int ready = left.count() > 0 ? poll(&wait, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      hung = true;
      break;
    }
    char buffer[1024];
    const ssize_t got = read(ends[0], buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.append(buffer, static_cast<size_t>(got));
  }
  close(ends[0]);
  if (hung) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (hung) return "loading it did not end within 5 s: its constructors hang";
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
    return "loading it tried to write a file, to open a socket or to start a process, which a plugin may do only when it is used: move that out of its "
           "constructors, into create()";
  if (WIFSIGNALED(status)) return fmt::format("loading it crashed with signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  if (answer.empty()) return fmt::format("loading it ended the process with exit code {}", WEXITSTATUS(status));
  return answer.substr(1);
}

}  // namespace sluice
