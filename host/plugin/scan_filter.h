// What a library may do while it is tried out: read, compute and answer. Not write files, open sockets or start processes, which a
// library's constructors could do before anything of it was judged.
#pragma once

namespace sluice {

// From here on the calling process is ended by SIGSYS where it tries what is refused, for ever and for whoever it starts. False: the
// system has no seccomp. Only system calls that may follow a fork are made.
bool confine_to_reading();

}  // namespace sluice
