// Digits; decimal ones eight at a time (pure).
#pragma once
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::debezium {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Below 0: no hexadecimal digit.
inline int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends what pairs of hexadecimal digits stand for. False where they are none; then some of it was appended.
inline bool append_hex(std::string& out, std::string_view digits) {
  if (digits.size() % 2 != 0) return false;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]), low = hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

inline uint64_t eight_bytes(const char* at) {
  uint64_t eight;
  std::memcpy(&eight, at, 8);
  return eight;
}

// The first character is in the lowest byte, as little-endian machines load it.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

// How many of eight characters are digits, up to the first that is none.
inline size_t count_digits(uint64_t eight) {
  constexpr uint64_t kEach = 0x0101010101010101, kHigh = kEach * 0xF0;
  // A carry from a byte only reaches bytes after it.
  const uint64_t others = ((eight ^ kEach * '0') | ((eight + kEach * 6) ^ kEach * '0')) & kHigh;
  return others == 0 ? 8 : static_cast<size_t>(__builtin_ctzll(others)) / 8;
}

// Of eight digits.
inline uint64_t number_of(uint64_t eight) {
  eight -= 0x3030303030303030;
  eight = (eight * 10 + (eight >> 8)) & 0x00FF00FF00FF00FF;
  eight = (eight * 100 + (eight >> 16)) & 0x0000FFFF0000FFFF;
  return (eight * 10000 + (eight >> 32)) & 0x00000000FFFFFFFF;
}

// All of the text: digits, perhaps with a minus before them. Nothing for any other, and for what 64 bits cannot hold.
inline std::optional<int64_t> whole_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  const char* at = text.data() + (negative ? 1 : 0);
  size_t left = text.size() - (negative ? 1 : 0);
  if (left == 0 || left > 18) {  // which may overflow
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }
  int64_t number = 0;
  for (; left >= 8; left -= 8, at += 8) {
    const uint64_t eight = eight_bytes(at);
    if (count_digits(eight) < 8) return std::nullopt;
    number = number * 100'000'000 + static_cast<int64_t>(number_of(eight));
  }
  for (; left > 0; --left, ++at) {
    if (!is_digit(*at)) return std::nullopt;
    number = number * 10 + (*at - '0');
  }
  return negative ? -number : number;
}

constexpr std::array<char, 200> two_digits() {
  std::array<char, 200> all{};
  for (size_t i = 0; i < 100; ++i) all[2 * i] = static_cast<char>('0' + i / 10), all[2 * i + 1] = static_cast<char>('0' + i % 10);
  return all;
}

// Below 100, with a zero before it where it is below 10. Answers where the next character goes.
inline char* write_two(char* to, uint64_t number) {
  static constexpr auto kAll = two_digits();
  std::memcpy(to, kAll.data() + 2 * number, 2);
  return to + 2;
}

}  // namespace sluice::debezium
