#include "base/thread_stack.h"

#include <execinfo.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

namespace sluice {
namespace {

constexpr int kMost = 40;
constexpr std::chrono::milliseconds kPatience{200};

void* frames[kMost];
std::atomic<int> count{0};  // 0: not there yet

void take(int) {
  const int saved = errno;
  count = backtrace(frames, kMost);
  errno = saved;
}

int the_signal() { return SIGRTMIN + 5; }

void install() {
  void* frame[1];
  backtrace(frame, 1);  // loads what it needs: a handler could not
  struct sigaction action {};
  action.sa_handler = take;
  action.sa_flags = SA_RESTART;
  sigaction(the_signal(), &action, nullptr);
}

}  // namespace

std::string stack_of(pid_t thread) {
  static std::mutex mutex;
  static std::once_flag once;
  const std::lock_guard lock(mutex);
  std::call_once(once, install);
  count = 0;
  if (thread <= 0 || syscall(SYS_tgkill, getpid(), thread, the_signal()) != 0) return "";
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (count == 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const int got = count;
  if (got <= 2) return "";
  const std::unique_ptr<char*, decltype(&std::free)> names(backtrace_symbols(frames, got), &std::free);
  std::string text;
  for (int i = 2; names && i < got; ++i) text += (text.empty() ? "" : "\n") + std::string(names.get()[i]);  // without the handler's own
  return text;
}

}  // namespace sluice
