#include "base/no_core.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace sluice {

void leave_no_core() {
  rlimit limit{};
  getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
  // The limit is not asked where cores are piped to a program.
  prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace sluice
