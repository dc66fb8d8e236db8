#include "base/crash_handler.h"

#include <execinfo.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace sluice {
namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr const char* kNames[] = {"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"};
constexpr size_t kStackBytes = 64 * 1024;
constexpr int kMostFrames = 64;
constexpr uint32_t kShownRanges = 8;

std::array<struct sigaction, std::size(kSignals)> before;
std::atomic<pid_t> crashing{0};                   // the thread that was first
std::array<std::atomic<CallNote*>, 64> blamed{};  // see blame_for_all()

struct Current {
  const char *plugin = nullptr, *call = nullptr;
  CallNote* note = nullptr;
};
thread_local Current current;

// A stack for the handler: the thread's own may be what has run out.
struct CrashStack {
  CrashStack() {
    stack_t there{};
    if (sigaltstack(nullptr, &there) != 0 || !(there.ss_flags & SS_DISABLE)) return;  // somebody else's, such as a sanitizer's
    memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    const stack_t ours{memory, 0, kStackBytes};
    sigaltstack(&ours, nullptr);
  }
  ~CrashStack() {
    if (memory == MAP_FAILED) return;
    const stack_t none{nullptr, SS_DISABLE, 0};
    sigaltstack(&none, nullptr);
    munmap(memory, kStackBytes);
  }
  void* memory = MAP_FAILED;
};

// Text put together without memory of the heap.
class Line {
 public:
  Line& text(const char* text) {
    while (*text && size_ < sizeof bytes_ - 1) {
      const char c = *text++;
      bytes_[size_++] = static_cast<unsigned char>(c) < 0x20 ? '?' : c;  // names come from outside
    }
    return *this;
  }
  Line& number(int64_t value) {
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    uint64_t left = value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    do digits[--at] = static_cast<char>('0' + left % 10);
    while (left /= 10);
    if (value < 0) digits[--at] = '-';
    return text(digits + at);
  }
  void write_out() {
    bytes_[size_++] = '\n';
    const ssize_t ignored = write(STDERR_FILENO, bytes_, size_);
    static_cast<void>(ignored);
  }

 private:
  char bytes_[4096];
  size_t size_ = 0;
};

void tell(const char* signal_name) {
  Line line;
  line.text("sluice: ").text(signal_name);
  if (current.call) line.text(" in ").text(current.call).text(" of plugin ").text(current.plugin);
  else line.text(" outside of any call of a plugin");
  if (const CallNote* note = current.note) {
    line.text(", connector ").text(note->connector).text(", task ").number(note->task);
    for (uint32_t i = 0; i < std::min(note->range_count, kShownRanges); ++i) {
      const NotedRange& range = note->ranges[i];
      line.text(", ").text(range.topic).text("-").number(range.partition).text(" offsets ").number(range.first).text("..").number(range.last);
    }
    if (note->range_count > kShownRanges) line.text(" and ").number(note->range_count - kShownRanges).text(" more partitions");
  }
  line.write_out();
}

void note_crash(int number) {
  if (current.note) {
    current.note->signal = number;
    return;
  }
  for (const auto& each : blamed)
    if (CallNote* note = each.load()) note->signal = number;
}

void on_crash(int number, siginfo_t* info, void*) {
  const int saved = errno;
  const auto self = static_cast<pid_t>(syscall(SYS_gettid));
  pid_t first = 0;
  size_t which = 0;
  while (kSignals[which] != number) ++which;
  if (!crashing.compare_exchange_strong(first, self)) {
    if (first != self)
      for (;;) pause();  // the first one ends the process
  } else {
    // One that somebody sends by hand says nothing about a plugin.
    if (info->si_code != SI_USER) note_crash(number);
    tell(kNames[which]);
    void* frames[kMostFrames];
    backtrace_symbols_fd(frames, backtrace(frames, kMostFrames), STDERR_FILENO);
  }
  sigaction(number, &before[which], nullptr);
  // A fault comes again by itself once we return; what was sent has to be sent again.
  if (info->si_code <= 0) syscall(SYS_tgkill, getpid(), self, number);
  errno = saved;
}

}  // namespace

void install_crash_handler() {
  void* frame[1];
  backtrace(frame, 1);  // loads what it needs: a handler could not
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &before[i]);
}

void blame_for_all(CallNote* note) {
  for (auto& each : blamed) {
    CallNote* none = nullptr;
    if (each.compare_exchange_strong(none, note)) return;
  }
}

void take_back(CallNote* note) {
  for (auto& each : blamed) {
    CallNote* there = note;
    each.compare_exchange_strong(there, nullptr);
  }
}

CrashScope::CrashScope(const char* plugin, const char* call, CallNote* note)
    : plugin_before_(current.plugin), call_before_(current.call), note_before_(current.note) {
  static thread_local const CrashStack stack;
  current = {plugin, call, note ? note : note_before_};
}

CrashScope::~CrashScope() { current = {plugin_before_, call_before_, note_before_}; }

}  // namespace sluice
