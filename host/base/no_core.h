// Secrets that were resolved are in memory; a core file, or what a crash handler is piped, would keep them.
#pragma once

namespace sluice {

// No core of this process is written, whatever the system does with cores and whoever raises its limit meanwhile. Root may still look
// into it: gdb, gcore. A program that is started from here calls it anew.
void leave_no_core();

}  // namespace sluice
