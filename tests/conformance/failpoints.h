// The failpoints of plugins/failpoint, armed from within this process: this program links an answer of its own to what passes one, so
// that a test says at any time what is to happen, and not once by the environment. Any thread.
#pragma once
#include <functional>
#include <string_view>

namespace sluice::conformance {

// What the next pass of the point does, once; true: the step fails there. None: no longer anything.
void at_failpoint(std::string_view name, std::function<bool()> then);

}  // namespace sluice::conformance
