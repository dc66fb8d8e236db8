#include "worker/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace sluice {
namespace {

constexpr int kFirstFree = 10;  // above what the child finds its own under

class File {
 public:
  explicit File(int handle) : handle_(handle) {}
  ~File() { if (handle_ >= 0) close(handle_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return handle_; }
  int release() { return std::exchange(handle_, -1); }

 private:
  int handle_;
};

[[noreturn]] void give_up(const char* what, int error) {
  throw std::runtime_error(fmt::format("a worker process could not be started: {}: {}", what, std::strerror(error)));
}

int moved_up(int handle) {
  const File low(handle);
  const int high = fcntl(handle, F_DUPFD_CLOEXEC, kFirstFree);
  if (high < 0) give_up("no file handle is left", errno);
  return high;
}

}  // namespace

Child start_child(const std::string& connector) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) give_up("socketpair", errno);
  File ours(ends[0]), theirs(moved_up(ends[1]));
  if (pipe2(ends, O_CLOEXEC) != 0) give_up("pipe", errno);
  File log(ends[0]), errors(moved_up(ends[1]));
  fcntl(log.get(), F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, errors.get(), STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), kWorkerSocket);
  const std::string parent = std::to_string(getpid());
  const char* const arguments[] = {"sluice", kWorkerCommand, connector.c_str(), parent.c_str(), nullptr};
  Child child;
  // The program that runs, whatever has become of its file since.
  const int error = posix_spawn(&child.pid, "/proc/self/exe", &actions, nullptr, const_cast<char**>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) give_up("posix_spawn", error);
  child.socket = ours.release();
  child.log = log.release();
  return child;
}

std::string how_it_ended(pid_t pid) {
  int status = 0;
  pid_t got = 0;
  while ((got = waitpid(pid, &status, WNOHANG)) < 0 && errno == EINTR) {
  }
  if (got == 0) return "";
  if (got > 0 && WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    return fmt::format("was killed by SIG{} ({})", name ? name : std::to_string(WTERMSIG(status)).c_str(), strsignal(WTERMSIG(status)));
  }
  return got > 0 ? fmt::format("ended with exit code {}", WEXITSTATUS(status)) : "ended, nobody knows how";
}

}  // namespace sluice
