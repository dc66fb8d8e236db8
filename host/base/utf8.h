// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once
#include <string>
#include <string_view>

namespace sluice {

bool valid_utf8(std::string_view text);
// Every byte that is not part of a valid character becomes U+FFFD, so that a foreign library's message can be put into JSON.
std::string repaired_utf8(std::string_view text);

}  // namespace sluice
