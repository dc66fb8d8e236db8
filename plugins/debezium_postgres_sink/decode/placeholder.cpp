#include "debezium_postgres_sink/decode/placeholder.h"

#include <array>
#include <boost/uuid/detail/md5.hpp>
#include <cstdint>
#include <utility>

#include "debezium_postgres_sink/decode/base64.h"
#include "debezium_postgres_sink/uuid.h"

namespace sluice::debezium {
namespace {

// Java's UUID.nameUUIDFromBytes. Boost's own generator of such UUIDs puts a namespace in front of the name.
std::string name_uuid(std::string_view bytes) {
  boost::uuids::detail::md5 hash;
  hash.process_bytes(bytes.data(), bytes.size());
  boost::uuids::detail::md5::digest_type parts;  // four numbers, from Boost 1.86 on sixteen bytes
  hash.get_digest(parts);
  constexpr size_t kPart = sizeof parts[0];
  std::array<uint8_t, 16> digest;
  static_assert(sizeof parts == digest.size());
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(parts[i / kPart] >> 8 * (kPart - 1 - i % kPart));
  digest[6] = static_cast<uint8_t>((digest[6] & 0x0F) | 0x30);  // version 3
  digest[8] = static_cast<uint8_t>((digest[8] & 0x3F) | 0x80);
  return uuid_text(digest);
}

// What a column can hold that Debezium's maps (hstore) are written to.
bool holds_maps(TypeKind kind) { return kind == TypeKind::hstore || kind == TypeKind::json || kind == TypeKind::text; }

}  // namespace

Placeholder::Placeholder(std::string bytes)
    : text_(std::move(bytes)), base64_(encode_base64(text_)), base64_url_(encode_base64(text_, Alphabet::url)), uuid_(name_uuid(text_)),
      map_("{\"" + text_ + "\":\"" + text_ + "\"}") {
  for (const char c : text_) codes_.push_back(std::to_string(static_cast<signed char>(c)));
}

bool Placeholder::matches(Json value, const ColumnType& type, BinaryMode mode) const {
  if (!value.exists() || text_.empty()) return false;
  switch (value.kind()) {
    case JsonNode::Kind::string: return matches_text(value.text(), type.kind, mode);
    case JsonNode::Kind::object: return holds_maps(type.kind) && matches_map(value);
    // An array can stand in a column of json or text as well, and then tells nothing of its elements.
    case JsonNode::Kind::array: return matches_array(value, type.element ? type.element->kind : TypeKind::other, mode);
    default: return false;
  }
}

bool Placeholder::matches_text(std::string_view text, TypeKind kind, BinaryMode mode) const {
  // Bytes are sent as base64, the placeholder's too; only in hex mode it is plain.
  if (kind == TypeKind::bytea && mode != BinaryMode::hex) return text == (mode == BinaryMode::base64_url_safe ? base64_url_ : base64_);
  return text == text_ || (holds_maps(kind) && text == map_);
}

bool Placeholder::matches_map(Json value) const {
  auto at = value.begin();
  if (!(at != value.end())) return false;
  const Json first = *at;
  return !(++at != value.end()) && first.key() == text_ && first.is_string() && first.text() == text_;
}

bool Placeholder::matches_array(Json value, TypeKind element, BinaryMode mode) const {
  auto at = value.begin();
  if (!(at != value.end())) return false;
  const Json first = *at;
  if (!first.is_string()) return matches_codes(value);
  return !(++at != value.end()) && (element == TypeKind::uuid ? first.text() == uuid_ : matches_text(first.text(), element, mode));
}

bool Placeholder::matches_codes(Json value) const {
  size_t n = 0;
  for (const Json code : value)
    if (n == codes_.size() || !code.is(JsonNode::Kind::number) || code.text() != codes_[n++]) return false;
  return n == codes_.size();
}

}  // namespace sluice::debezium
