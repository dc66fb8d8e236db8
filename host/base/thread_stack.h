// Where another thread of this process is. Any thread, one at a time; takes at most a fifth of a second.
#pragma once
#include <sys/types.h>

#include <string>

namespace sluice {

// Its frames, one a line, as LIBRARY(FUNCTION+OFFSET) [ADDRESS]; empty where it does not say. A system call that it waits in is
// interrupted and begins again by itself where the kernel can do that.
std::string stack_of(pid_t thread);

}  // namespace sluice
