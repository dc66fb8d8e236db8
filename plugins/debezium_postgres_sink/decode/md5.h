// MD5 (RFC 1321), only because Debezium names a UUID by it; nothing that has to be safe may lean on it (pure).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::debezium {

std::array<uint8_t, 16> md5(std::string_view text);

}  // namespace sluice::debezium
