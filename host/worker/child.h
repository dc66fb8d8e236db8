// A process of this same program that talks to us over a socket and logs through a pipe: how it is started, and how it ended.
#pragma once
#include <sys/types.h>

#include <string>

namespace sluice {

// The hidden command that makes the program a worker: `sluice __worker CONNECTOR`. The name is for `ps` only.
inline constexpr const char* kWorkerCommand = "__worker";
inline constexpr int kWorkerSocket = 3;  // its end of the socket

struct Child {
  pid_t pid = -1;
  int socket = -1;  // ours to close
  int log = -1;     // what it writes to standard error; ours to close
};

// Throws std::runtime_error. The child dies with the *thread* that calls this, as the kernel has it (PR_SET_PDEATHSIG): a host that is
// killed leaves no worker, and a thread that starts one has to live as long as it.
Child start_child(const std::string& connector);

// Nothing while it runs. Else it is gone for good: "was killed by SIGSEGV (Segmentation fault)", "ended with exit code 3".
std::string how_it_ended(pid_t pid);

}  // namespace sluice
