#include "worker/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "base/filter_program.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

// ---- files: Landlock --------------------------------------------------------------------------------------------------

constexpr uint64_t kTruncate = 1ULL << 14;     // from version 3 on
constexpr uint64_t kScopeSignals = 1ULL << 1;  // from version 6 on
constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | kTruncate;

// As the kernel knows it today; the system's header may be older.
struct Attributes {
  uint64_t files = 0, network = 0, scoped = 0;
};

class Landlock {
 public:
  // Everything but what is closed: a rule opens a folder with all that is in it, now and later, so a folder that holds something closed
  // is opened entry by entry instead. What comes into such a folder later stays closed.
  std::string shut_in(const Sandbox& sandbox) {
    const long version = syscall(SYS_landlock_create_ruleset, nullptr, size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return fmt::format("no Landlock ({})", std::strerror(errno));
    Attributes attributes;
    attributes.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (version >= 2) attributes.files |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) attributes.files |= kTruncate;
    if (version >= 6) attributes.scoped = kScopeSignals;
    const size_t size = version >= 6 ? sizeof attributes : version >= 4 ? offsetof(Attributes, scoped) : offsetof(Attributes, network);
    all_ = attributes.files;
    rules_ = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0U));
    if (rules_ < 0) return fmt::format("no Landlock ({})", std::strerror(errno));
    for (const fs::path& path : sandbox.closed) {
      std::error_code error;
      if (fs::path real = fs::canonical(path, error); !error) closed_.push_back(std::move(real));
    }
    open_around("/");
    for (const fs::path& path : sandbox.readable) allow(path, kRead);
    const bool done = syscall(SYS_landlock_restrict_self, rules_, 0U) == 0;
    const int error = errno;
    close(rules_);
    return done ? "landlock" : fmt::format("no Landlock ({})", std::strerror(error));
  }

 private:
  static bool is_below(const fs::path& path, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
  }

  void open_around(const fs::path& folder) {
    const auto inside = [&](const fs::path& closed) { return folder == "/" || is_below(closed, folder); };
    if (std::ranges::find(closed_, folder) != closed_.end()) return;
    if (std::ranges::none_of(closed_, inside)) return allow(folder, all_);
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      // A link opens nothing: what it leads to has its own place.
      std::error_code ignored;
      if (!fs::is_symlink(at->symlink_status(ignored))) open_around(at->path());
    }
  }

  void allow(const fs::path& path, uint64_t rights) {
    const int handle = open(path.c_str(), O_PATH | O_CLOEXEC);
    if (handle < 0) return;
    struct stat info {};
    if (fstat(handle, &info) == 0) {
      const landlock_path_beneath_attr rule{S_ISDIR(info.st_mode) ? rights : rights & all_ & kOfFiles, handle};
      syscall(SYS_landlock_add_rule, rules_, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
    }
    close(handle);
  }

  uint64_t all_ = 0;
  int rules_ = -1;
  std::vector<fs::path> closed_;
};

// ---- system calls: seccomp --------------------------------------------------------------------------------------------

constexpr uint32_t kRefused[] = {
    // Other programs, and other processes.
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd, SYS_process_madvise, SYS_kcmp,
    // Keys of the kernel, and ways past this filter.
    SYS_keyctl, SYS_add_key, SYS_request_key, SYS_io_uring_setup, SYS_userfaultfd, SYS_bpf, SYS_perf_event_open, SYS_open_by_handle_at,
    // What the file system looks like.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick,
    SYS_mount_setattr, SYS_unshare, SYS_setns, SYS_quotactl, SYS_swapon, SYS_swapoff, SYS_acct,
    // The machine.
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_sethostname, SYS_setdomainname, SYS_syslog,
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
};

constexpr uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;
constexpr FilterProgram kProgram = [] {
  constexpr uint32_t kRefusal = SECCOMP_RET_ERRNO | EPERM;
  FilterProgram p;
  p.known_calls_only(kRefusal);
  for (const uint32_t number : kRefused) {
    p.unless(number, 1);
    p.answer(kRefusal);
  }
  // Its flags are in memory, where no filter can see them. The C library falls back to clone.
  p.unless(SYS_clone3, 1);
  p.answer(SECCOMP_RET_ERRNO | ENOSYS);
  p.unless(SYS_clone, 3);
  p.load(FilterProgram::argument(0));
  p.unless_any_bit(kNamespaces, 1);
  p.answer(kRefusal);
  p.answer(SECCOMP_RET_ALLOW);
  return p;
}();

std::string filter_calls() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "no seccomp (a sanitizer starts programs and stops threads)";
#endif
  const sock_fprog program{kProgram.size, const_cast<sock_filter*>(kProgram.steps.data())};  // which is only read
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0) return "seccomp";
  return fmt::format("no seccomp ({})", std::strerror(errno));
}

}  // namespace

std::string shut_in(const Sandbox& sandbox) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const std::string files = Landlock().shut_in(sandbox);
  return files + ", " + filter_calls();
}

}  // namespace sluice
