#include "plugin/scan_filter.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>

#include "base/filter_program.h"

namespace sluice {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// The runtime starts a program that knows the names of functions, when it reports a crash; without it the report says less.
constexpr uint32_t kNewProcess = SECCOMP_RET_ERRNO | EPERM;
#else
constexpr uint32_t kNewProcess = SECCOMP_RET_KILL_PROCESS;
#endif

constexpr uint32_t kRefused[] = {
    // sockets
    __NR_socket, __NR_bind, __NR_connect, __NR_listen, __NR_accept, __NR_accept4,
    // files: made, changed, moved, removed; opened for that is below
    __NR_openat2, __NR_mkdirat, __NR_mknodat, __NR_linkat, __NR_symlinkat, __NR_unlinkat, __NR_renameat2, __NR_truncate, __NR_fallocate, __NR_fchmod,
    __NR_fchmodat, __NR_fchown, __NR_fchownat, __NR_utimensat, __NR_setxattr, __NR_lsetxattr, __NR_fsetxattr, __NR_removexattr, __NR_lremovexattr,
    __NR_fremovexattr, __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot,
    // other processes: run, watched, ended; and the ways around all of this
    __NR_execve, __NR_execveat, __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_kill, __NR_pidfd_open, __NR_pidfd_send_signal,
    __NR_pidfd_getfd, __NR_unshare, __NR_setns, __NR_io_uring_setup, __NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_keyctl, __NR_add_key,
    __NR_init_module, __NR_finit_module, __NR_kexec_load, __NR_reboot,
#ifdef __NR_renameat
    __NR_renameat,
#endif
#if defined(__x86_64__)
    __NR_creat, __NR_mkdir, __NR_mknod, __NR_link, __NR_symlink, __NR_unlink, __NR_rmdir, __NR_rename, __NR_chmod, __NR_chown, __NR_lchown,
    __NR_utime, __NR_utimes, __NR_futimesat,
#endif
};

constexpr uint32_t kWrites = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
constexpr FilterProgram kProgram = [] {
  FilterProgram p;
  p.known_calls_only(SECCOMP_RET_KILL_PROCESS);
  for (const uint32_t number : kRefused) {
    p.unless(number, 1);
    p.answer(SECCOMP_RET_KILL_PROCESS);
  }
  // Its flags cannot be read from here, so that glibc falls back on clone.
  p.unless(__NR_clone3, 1);
  p.answer(SECCOMP_RET_ERRNO | ENOSYS);
  // Threads are fine: Go's and Java's libraries start them when they are loaded.
  p.unless(__NR_clone, 4);
  p.load(FilterProgram::argument(0));
  p.if_any_bit(CLONE_THREAD, 1);
  p.answer(kNewProcess);
  p.answer(SECCOMP_RET_ALLOW);
  p.unless(__NR_openat, 4);
  p.load(FilterProgram::argument(2));
  p.unless_any_bit(kWrites, 1);
  p.answer(SECCOMP_RET_KILL_PROCESS);
  p.answer(SECCOMP_RET_ALLOW);
#if defined(__x86_64__)
  p.unless(__NR_open, 4);
  p.load(FilterProgram::argument(1));
  p.unless_any_bit(kWrites, 1);
  p.answer(SECCOMP_RET_KILL_PROCESS);
  p.answer(SECCOMP_RET_ALLOW);
  p.unless(__NR_fork, 1);
  p.answer(kNewProcess);
  p.unless(__NR_vfork, 1);
  p.answer(kNewProcess);
#endif
  p.answer(SECCOMP_RET_ALLOW);
  return p;
}();

}  // namespace

bool confine_to_reading() {
  const sock_fprog program{kProgram.size, const_cast<sock_filter*>(kProgram.steps.data())};  // which is only read
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace sluice
