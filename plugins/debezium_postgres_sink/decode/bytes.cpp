#include "debezium_postgres_sink/decode/bytes.h"

#include "debezium_postgres_sink/decode/base64.h"
#include "debezium_postgres_sink/decode/digits.h"
#include "debezium_postgres_sink/decode/reading.h"
#include "debezium_postgres_sink/decode/utf8.h"

namespace sluice::debezium {
namespace {

constexpr int kBitsMax = 83886080;  // of bit(n); Postgres's MaxAttrSize in bits
// Digits that a schema may claim beyond those that came: a few letters would else become a text of 84 MB.
constexpr size_t kMissingMax = 1'000'000;

std::string bytes_of(Json value, BinaryMode mode) {
  std::string bytes;
  const std::string_view text = text_of(value, Json::Kind::string, mode == BinaryMode::hex ? "hex digits" : "base64");
  if (mode != BinaryMode::hex) {
    if (!decode_base64(text, bytes, mode == BinaryMode::base64_url_safe ? Alphabet::url : Alphabet::standard))
      refuse("bytes are not base64; is binary.handling.mode as on the source?");
    return bytes;
  }
  if (!append_hex(bytes, text)) refuse("bytes are not pairs of hex digits; is binary.handling.mode as on the source?");
  return bytes;
}

}  // namespace

void append_bytes(std::string& out, Json value, BinaryMode mode) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::string bytes = bytes_of(value, mode);
  out.reserve(out.size() + 2 + 2 * bytes.size());
  out.append("\\x");
  for (const char b : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(b) >> 4]);
    out.push_back(kDigits[b & 15]);
  }
}

void append_bytes_as_text(std::string& out, Json value, BinaryMode mode) {
  const std::string text = bytes_of(value, mode);
  if (!is_utf8(text)) refuse("bytes that should be a value's text are not UTF-8", "22021");
  out.append(text);
}

void append_bits(std::string& out, Json value, std::optional<int> length) {
  if (length && (*length < 0 || *length > kBitsMax)) refuse("a bit string has a length that Postgres has not", "22026");
  const std::string bytes = bytes_of(value, BinaryMode::bytes);
  std::string digits;
  for (size_t i = bytes.size(); i-- > 0;)
    for (int bit = 7; bit >= 0; --bit) digits.push_back((static_cast<unsigned char>(bytes[i]) >> bit & 1) != 0 ? '1' : '0');
  digits.erase(0, std::min(digits.find('1'), digits.size()));
  if (length && digits.size() > static_cast<size_t>(*length)) refuse("a bit string is longer than its column", "22026");
  if (length && static_cast<size_t>(*length) > 8 * bytes.size() + kMissingMax)
    refuse("a bit string lacks more than a million digits of the length that its schema says", "22026");
  if (length) out.append(static_cast<size_t>(*length) - digits.size(), '0');
  out.append(digits);
}

}  // namespace sluice::debezium
