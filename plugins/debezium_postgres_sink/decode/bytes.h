// Bytes and strings of bits (pure).
#pragma once
#include <optional>
#include <string>

#include "debezium_postgres_sink/decode/json.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

// \x and hex digits, from what binary.handling.mode writes.
void append_bytes(std::string& out, Json value, BinaryMode mode);
// The bytes themselves, as text: how Debezium sends types that it does not know (include.unknown.datatypes).
void append_bytes_as_text(std::string& out, Json value, BinaryMode mode);

// Debezium's Bits: base64 of little-endian bytes, cut to the highest set bit. With a length, exactly that many digits; without
// (bit varying, whose length is lost at the source) as few as say the number.
void append_bits(std::string& out, Json value, std::optional<int> length);

}  // namespace sluice::debezium
