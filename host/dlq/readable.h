// Bytes of a record for people.
#pragma once
#include <cstddef>
#include <string>

namespace sluice {

// JSON over several lines, other text as it is, anything else in hex; "null" where there are none.
std::string readable(const void* data, size_t size);

}  // namespace sluice
