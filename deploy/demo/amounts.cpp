#include "amounts.h"

#include <array>
#include <charconv>
#include <cstdlib>

namespace sluice::demo {
namespace {

void append_base64(std::string& out, const uint8_t* bytes, size_t size) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t at = 0; at < size; at += 3) {
    const size_t have = size - at;
    uint32_t group = uint32_t{bytes[at]} << 16;
    if (have > 1) group |= uint32_t{bytes[at + 1]} << 8;
    if (have > 2) group |= uint32_t{bytes[at + 2]};
    out += kDigits[group >> 18];
    out += kDigits[group >> 12 & 63];
    out += have > 1 ? kDigits[group >> 6 & 63] : '=';
    out += have > 2 ? kDigits[group & 63] : '=';
  }
}

void append_precise(std::string& out, int64_t cents) {
  std::array<uint8_t, 8> bytes{};
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(static_cast<uint64_t>(cents) >> (56 - 8 * i));
  // A leading byte that only repeats the sign is left out.
  size_t first = 0;
  const auto repeats_sign = [&](size_t i) { return bytes[i] == (bytes[i + 1] < 0x80 ? 0x00 : 0xff); };
  while (first < 7 && repeats_sign(first)) ++first;
  append_base64(out, bytes.data() + first, 8 - first);
}

void append_plain(std::string& out, int64_t cents) {
  if (cents < 0) out += '-';
  const int64_t size = std::abs(cents);
  append_number(out, size / 100);
  out += '.';
  out += static_cast<char>('0' + size % 100 / 10);
  out += static_cast<char>('0' + size % 10);
}

// Java writes the shortest digits that tell the number, at least one after the point, and an exponent from ten million on.
void append_java_double(std::string& out, int64_t cents) {
  constexpr int64_t kFirstWithExponent = 10'000'000'00;
  if (std::abs(cents) < kFirstWithExponent) {
    append_plain(out, cents);
    if (out.back() == '0') out.pop_back();
    return;
  }
  std::string digits = std::to_string(std::abs(cents));
  const size_t exponent = digits.size() - 3;
  digits.erase(std::max<size_t>(digits.find_last_not_of('0') + 1, 1));
  if (cents < 0) out += '-';
  out += digits[0];
  out += '.';
  out += digits.size() > 1 ? digits.substr(1) : "0";
  out += 'E';
  append_number(out, static_cast<int64_t>(exponent));
}

}  // namespace

void append_amount(std::string& out, int64_t cents, Decimals decimals) {
  if (decimals == Decimals::as_double) return append_java_double(out, cents);
  out += '"';
  if (decimals == Decimals::precise) append_precise(out, cents);
  if (decimals == Decimals::string) append_plain(out, cents);
  out += '"';
}

void append_number(std::string& out, int64_t number) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, end);
}

}  // namespace sluice::demo
