// Standard base64 with padding, as Connect writes bytes; the alphabet for URLs on request. Strict: anything else is refused,
// since a decimal text that passed for base64 would become another number.
#pragma once
#include <string>
#include <string_view>

namespace sluice::debezium {

enum class Alphabet { standard, url };

// Appends the bytes to `out`; false, with `out` as it was, where the text is not base64.
bool decode_base64(std::string_view text, std::string& out, Alphabet alphabet = Alphabet::standard);
std::string encode_base64(std::string_view bytes, Alphabet alphabet = Alphabet::standard);

}  // namespace sluice::debezium
