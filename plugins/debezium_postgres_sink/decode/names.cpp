#include "debezium_postgres_sink/decode/names.h"

#include "debezium_postgres_sink/decode/utf8.h"

namespace sluice::debezium {

std::optional<std::string> repaired_name(std::string_view name) {
  std::string repaired;
  bool broken = false;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto byte = [&](size_t at) { return at < name.size() ? static_cast<unsigned char>(name[at]) : 0; };
    if (byte(i) < 0x80) {
      repaired += name[i];
      continue;
    }
    // U+FF80..U+FFBF are EF BE 80..BF, U+FFC0..U+FFFF are EF BF 80..BF.
    if (byte(i) != 0xEF || (byte(i + 1) != 0xBE && byte(i + 1) != 0xBF) || byte(i + 2) < 0x80) return std::nullopt;
    repaired += static_cast<char>((byte(i + 1) == 0xBE ? 0x80 : 0xC0) | (byte(i + 2) & 0x3F));
    broken = true;
    i += 2;
  }
  if (!broken || !is_utf8(repaired)) return std::nullopt;
  return repaired;
}

}  // namespace sluice::debezium
