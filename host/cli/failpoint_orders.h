// SLUICE_FAILPOINT as the program finds it: plugins/failpoint/README.md.
#pragma once
#include <string>

namespace sluice {

// Why the program must not run with it, as a sentence: a test whose point does not exist would test nothing. "list" is refused with
// the names of all points, one a line. Empty where there is nothing to say, and always in a build without failpoints.
std::string refusal_of_failpoints();

}  // namespace sluice
