// Last words. A plugin that crashes takes the process along; before it dies, one line on standard error says which plugin it was, in
// which of its functions, for which connector and task, and with which records in hand, and a backtrace follows. Then the process dies
// as it would have, so that whoever started it sees the same end. All that runs in the handler is safe in a signal handler.
#pragma once
#include "base/call_note.h"

namespace sluice {

// For SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT. Main thread, before others start. What was set before is called afterwards.
void install_crash_handler();
// For a process that belongs to one plugin: a crash on a thread that is in no call, such as one of the plugin's own, is noted here.
// Any thread; the note lives until it is taken back.
void blame_for_all(CallNote* note);
void take_back(CallNote* note);

// While it lives, this thread is in a function of a plugin. The texts outlive it; a nested one keeps the note of the one around it.
class CrashScope {
 public:
  CrashScope(const char* plugin, const char* call, CallNote* note = nullptr);
  ~CrashScope();
  CrashScope(const CrashScope&) = delete;
  CrashScope& operator=(const CrashScope&) = delete;

 private:
  const char *plugin_before_, *call_before_;
  CallNote* note_before_;
};

}  // namespace sluice
