#include "debezium_postgres_sink/decode/base64.h"

#include <array>
#include <cstdint>

namespace sluice::debezium {
namespace {

constexpr std::array<int8_t, 256> values_of(Alphabet alphabet) {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 26; ++i) table[size_t('A' + i)] = static_cast<int8_t>(i), table[size_t('a' + i)] = static_cast<int8_t>(26 + i);
  for (int i = 0; i < 10; ++i) table[size_t('0' + i)] = static_cast<int8_t>(52 + i);
  table[size_t(alphabet == Alphabet::url ? '-' : '+')] = 62;
  table[size_t(alphabet == Alphabet::url ? '_' : '/')] = 63;
  return table;
}
constexpr auto kStandard = values_of(Alphabet::standard), kUrl = values_of(Alphabet::url);

}  // namespace

bool decode_base64(std::string_view text, std::string& out, Alphabet alphabet) {
  const auto& table = alphabet == Alphabet::url ? kUrl : kStandard;
  if (text.size() % 4 != 0) return false;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const size_t size_before = out.size();
  uint32_t bits = 0;  // of four letters
  for (size_t i = 0; i < text.size(); i += 4) {
    const size_t known = i + 4 == text.size() ? 4 - padding : 4;
    bits = 0;
    for (size_t k = 0; k < 4; ++k) {
      const int8_t v = k < known ? table[static_cast<unsigned char>(text[i + k])] : int8_t{0};
      if (v < 0) {
        out.resize(size_before);
        return false;
      }
      bits = bits << 6 | static_cast<uint32_t>(v);
    }
    for (size_t k = 0; k + 1 < known; ++k) out.push_back(static_cast<char>(bits >> (16 - 8 * k) & 0xFF));
  }
  if ((bits & (padding == 2 ? 0xFFFFu : padding == 1 ? 0xFFu : 0u)) == 0) return true;
  out.resize(size_before);  // the last letter says more than the last byte does
  return false;
}

std::string encode_base64(std::string_view bytes, Alphabet alphabet) {
  std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  digits += alphabet == Alphabet::url ? "-_" : "+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out.push_back(i + k <= bytes.size() ? digits[bits >> (18 - 6 * k) & 63] : '=');
  }
  return out;
}

}  // namespace sluice::debezium
