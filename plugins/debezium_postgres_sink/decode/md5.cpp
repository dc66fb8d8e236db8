#include "debezium_postgres_sink/decode/md5.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <string>

namespace sluice::debezium {
namespace {

constexpr std::array<int, 16> kShifts = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};

uint32_t word_at(const char* bytes) {
  uint32_t word = 0;
  for (int i = 3; i >= 0; --i) word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

void add_block(std::array<uint32_t, 4>& state, const char* block) {
  auto [a, b, c, d] = state;
  for (uint32_t i = 0; i < 64; ++i) {
    uint32_t mixed = 0, at = 0;
    switch (i / 16) {
      case 0: mixed = (b & c) | (~b & d), at = i; break;
      case 1: mixed = (d & b) | (~d & c), at = (5 * i + 1) % 16; break;
      case 2: mixed = b ^ c ^ d, at = (3 * i + 5) % 16; break;
      default: mixed = c ^ (b | ~d), at = 7 * i % 16; break;
    }
    const auto constant = static_cast<uint32_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0));  // as the RFC makes its table
    const uint32_t sum = a + mixed + constant + word_at(block + 4 * at);
    a = d, d = c, c = b;
    b += std::rotl(sum, kShifts[i / 16 * 4 + i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::array<uint8_t, 16> md5(std::string_view text) {
  std::string padded(text);
  padded.push_back('\x80');
  padded.append((120 - padded.size() % 64) % 64, '\0');
  for (uint64_t i = 0, bits = uint64_t{text.size()} * 8; i < 8; ++i, bits >>= 8) padded.push_back(static_cast<char>(bits & 0xFF));
  std::array<uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (size_t at = 0; at < padded.size(); at += 64) add_block(state, padded.data() + at);
  std::array<uint8_t, 16> digest{};
  for (size_t i = 0; i < 16; ++i) digest[i] = static_cast<uint8_t>(state[i / 4] >> (8 * (i % 4)));
  return digest;
}

}  // namespace sluice::debezium
