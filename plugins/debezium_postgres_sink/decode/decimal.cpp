#include "debezium_postgres_sink/decode/decimal.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "debezium_postgres_sink/decode/base64.h"
#include "debezium_postgres_sink/decode/digits.h"
#include "debezium_postgres_sink/decode/long_integer.h"

namespace sluice::debezium {
namespace {

// 131072 + 16383 digits are 61,236 bytes; more than that no Postgres column holds.
constexpr size_t kBytesMax = 61440;

using Wide = unsigned __int128;
constexpr size_t kWideDigits = 54;  // three times 18; the largest has 39

// Of a two's-complement number of up to 16 bytes.
Wide magnitude_of_short(std::string_view bytes, bool negative) {
  Wide v = negative ? ~Wide{0} : 0;
  for (const char b : bytes) v = v << 8 | static_cast<unsigned char>(b);
  return negative ? 0 - v : v;
}

// In `digits`, at its end.
std::string_view digits_of_short(Wide number, char (&digits)[kWideDigits]) {
  constexpr uint64_t k18Digits = 1'000'000'000'000'000'000;
  char* const end = digits + kWideDigits;
  char* at = end;
  while (number >> 64 != 0) {
    auto low = static_cast<uint64_t>(number % k18Digits);
    number /= k18Digits;
    for (int pair = 0; pair < 9; ++pair, low /= 100) write_two(at -= 2, low % 100);
  }
  char first[20];
  const auto size = static_cast<size_t>(std::to_chars(first, first + sizeof first, static_cast<uint64_t>(number)).ptr - first);
  at = std::copy_backward(first, first + size, at);
  return {at, static_cast<size_t>(end - at)};
}

void append_scaled(std::string& out, std::string_view digits, bool negative, int scale) {
  if (negative) out.push_back('-');
  if (scale <= 0) {
    out.append(digits);
    if (digits != "0") out.append(static_cast<size_t>(-scale), '0');
    return;
  }
  const size_t fraction = static_cast<size_t>(scale);
  if (digits.size() <= fraction) {
    out.append("0.").append(fraction - digits.size(), '0').append(digits);
  } else {
    out.append(digits.substr(0, digits.size() - fraction)).append(".").append(digits.substr(digits.size() - fraction));
  }
}

// A number's text taken apart: digits × 10^-scale, without zeros in front.
struct Parts {
  bool negative = false;
  std::string digits;
  int scale = 0;
};

// Nothing where it is no number, or its exponent is beyond what a double can have.
std::optional<Parts> parts_of(std::string_view number) {
  if (!is_decimal_text(number)) return std::nullopt;
  Parts parts;
  const size_t e = number.find_first_of("eE");
  if (e != number.npos) {
    std::string_view power = number.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    int exponent = 0;
    const auto result = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (result.ec != std::errc() || exponent > 1000 || exponent < -1000) return std::nullopt;
    parts.scale = -exponent;
  }
  std::string_view mantissa = number.substr(0, e);
  parts.negative = mantissa.starts_with('-');
  if (parts.negative || mantissa.starts_with('+')) mantissa.remove_prefix(1);
  const size_t point = mantissa.find('.');
  parts.digits = mantissa.substr(0, point);
  if (point != mantissa.npos) {
    parts.digits.append(mantissa.substr(point + 1));
    parts.scale += static_cast<int>(mantissa.size() - point - 1);
  }
  parts.digits.erase(0, std::min(parts.digits.find_first_not_of('0'), parts.digits.size() - 1));
  return parts;
}

}  // namespace

bool append_decimal(std::string& out, std::string_view base64, int scale) {
  if (scale < kScaleMin || scale > kScaleMax) return false;
  std::string bytes;  // as a rule short enough to cost no allocation
  if (!decode_base64(base64, bytes) || bytes.empty() || bytes.size() > kBytesMax) return false;
  const bool negative = static_cast<signed char>(bytes[0]) < 0;
  if (bytes.size() > sizeof(Wide)) {
    append_scaled(out, digits_of_integer(bytes), negative, scale);
    return true;
  }
  char digits[kWideDigits];
  append_scaled(out, digits_of_short(magnitude_of_short(bytes, negative), digits), negative, scale);
  return true;
}

std::optional<std::string> decode_decimal(std::string_view base64, int scale) {
  std::string out;
  if (!append_decimal(out, base64, scale)) return std::nullopt;
  return out;
}

std::optional<int> parse_integer(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> parse_scale(std::string_view text) {
  const auto scale = parse_integer(text);
  return scale && *scale >= kScaleMin && *scale <= kScaleMax ? scale : std::nullopt;
}

std::string_view special_decimal(std::string_view text) {
  if (text == "NaN" || text == "NAN") return "NaN";
  if (text == "POSITIVE_INFINITY") return "Infinity";
  if (text == "NEGATIVE_INFINITY" || text == "-Infinity") return "-Infinity";
  return {};
}

bool is_decimal_text(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t from = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - from;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  size_t mantissa = digits();
  if (i < text.size() && text[i] == '.') ++i, mantissa += digits();
  if (mantissa == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    if (++i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::optional<std::string> integral_text(std::string_view number) {
  auto parts = parts_of(number);
  if (!parts) return std::nullopt;
  if (parts->digits == "0") return "0";
  for (; parts->scale > 0; --parts->scale) {
    if (parts->digits.back() != '0') return std::nullopt;
    parts->digits.pop_back();
  }
  if (static_cast<int>(parts->digits.size()) - parts->scale > 40) return std::nullopt;
  std::string out;
  append_scaled(out, parts->digits, parts->negative, parts->scale);
  return out;
}

std::optional<std::string> plain_decimal(std::string_view number) {
  const auto parts = parts_of(number);
  if (!parts) return std::nullopt;
  std::string out;
  append_scaled(out, parts->digits, parts->negative, parts->scale);
  return out;
}

}  // namespace sluice::debezium
