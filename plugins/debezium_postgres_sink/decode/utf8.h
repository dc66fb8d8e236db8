// Is a text valid UTF-8? (No overlong forms, no surrogates, nothing above U+10FFFF: what Postgres accepts, too.)
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::debezium {

inline bool is_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  const auto follows = [&](int n) { return end - p > n && (p[n] & 0xC0) == 0x80; };
  while (p != end) {
    uint64_t eight;  // most text is ASCII: eight bytes a step
    while (end - p >= 8 && (std::memcpy(&eight, p, 8), (eight & 0x8080808080808080u) == 0)) p += 8;
    if (p == end) break;
    if (*p < 0x80) {
      ++p;
    } else if (*p >= 0xC2 && *p <= 0xDF && follows(1)) {
      p += 2;
    } else if ((*p & 0xF0) == 0xE0 && follows(1) && follows(2)) {
      if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] >= 0xA0)) return false;
      p += 3;
    } else if (*p >= 0xF0 && *p <= 0xF4 && follows(1) && follows(2) && follows(3)) {
      if ((*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] >= 0x90)) return false;
      p += 4;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace sluice::debezium
