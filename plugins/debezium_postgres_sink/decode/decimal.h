// Connect's decimals -> exact decimal text (pure). Nothing here goes through floating point.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace sluice::debezium {

// Postgres keeps at most 131072 digits before the point and 16383 after it.
constexpr int kScaleMin = -131072, kScaleMax = 16383;

// Appends unscaled × 10^-scale, plain, with `scale` digits after the point. `base64` holds the unscaled number: big-endian,
// two's complement, as Java's BigInteger writes it. False, with `out` as it was, where it is no such number.
bool append_decimal(std::string& out, std::string_view base64, int scale);
std::optional<std::string> decode_decimal(std::string_view base64, int scale);

// A whole number as schemas and structs write them; a scale is one within the bounds above.
std::optional<int> parse_integer(std::string_view text);
std::optional<int> parse_scale(std::string_view text);

// What Debezium's string and double modes call NaN and the infinities, in Postgres's words; empty for anything else.
// `Infinity` itself is not among them: eight letters are valid base64 as well, so only the mode can tell.
std::string_view special_decimal(std::string_view text);

// Is it a plain or exponential decimal number, such as "-12.50" or "1.0E-4"?
bool is_decimal_text(std::string_view text);

// A number's text as an integer's: "5.0" and "1E3" become 5 and 1000; nothing where it has a fraction or over 40 digits.
std::optional<std::string> integral_text(std::string_view number);

// The same number without an exponent: "9.999999999E7" becomes 99999999.99. Nothing where it is none, or far beyond a double.
std::optional<std::string> plain_decimal(std::string_view number);

}  // namespace sluice::debezium
