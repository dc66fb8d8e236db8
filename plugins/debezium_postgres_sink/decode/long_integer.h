// Whole numbers of any length -> decimal digits (pure). A number twice as long takes three times as long, not four: one of the
// 131072 digits that a numeric can have would else keep a task busy for a second.
#pragma once
#include <string>
#include <string_view>

namespace sluice::debezium {

// `bytes`: two's complement, big-endian. The digits of its magnitude, without zeros in front; "0" for 0.
std::string digits_of_integer(std::string_view bytes);

}  // namespace sluice::debezium
