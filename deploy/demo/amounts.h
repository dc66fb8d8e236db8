// An amount as Debezium writes a numeric(10,2), in each of its decimal.handling.modes.
#pragma once
#include <cstdint>
#include <string>

namespace sluice::demo {

enum class Decimals {
  precise,   // base64 of the unscaled integer's two's complement, the most significant byte first, as short as it goes
  string,    // "-12.50"
  as_double, // as Java prints a double: -12.5, 9.999999999E7
};

void append_amount(std::string& out, int64_t cents, Decimals decimals);
void append_number(std::string& out, int64_t number);

}  // namespace sluice::demo
