// A UUID's 16 bytes as Postgres writes them (pure).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sluice::debezium {

inline std::string uuid_text(std::span<const uint8_t, 16> bytes) {
  std::string text;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back("0123456789abcdef"[bytes[i] >> 4]);
    text.push_back("0123456789abcdef"[bytes[i] & 15]);
  }
  return text;
}

}  // namespace sluice::debezium
