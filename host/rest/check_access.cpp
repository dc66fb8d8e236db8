#include "rest/check_access.h"
#include "rest/credentials.h"
#include "rest/tls.h"

namespace sluice {

void check_access(const RestAccess& access, Problems& problems) {
  // Half of a pair is a complaint of the host file already.
  if (access.with_tls() && !access.key.empty()) load_tls(access, problems);
  load_credentials(access, problems);
}

}  // namespace sluice
