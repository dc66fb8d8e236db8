// What Debezium sends for a large value that an update did not touch (TOAST), in each of the shapes that it gives to it. It is
// never a value of the row; what to write instead is for the mapping to say (pure).
#pragma once
#include <string>
#include <vector>

#include "debezium_postgres_sink/decode/column_type.h"
#include "debezium_postgres_sink/decode/json.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

class Placeholder {
 public:
  // `bytes`: the source's unavailable.value.placeholder, a `hex:` already resolved. Empty: nothing is a placeholder.
  explicit Placeholder(std::string bytes);

  // A text that merely contains the placeholder is a value. Cheap for what cannot be one.
  bool matches(Json value, const ColumnType& type, BinaryMode mode) const;

 private:
  bool matches_text(std::string_view text, TypeKind kind, BinaryMode mode) const;
  bool matches_map(Json value) const;
  bool matches_array(Json value, TypeKind element, BinaryMode mode) const;
  bool matches_codes(Json value) const;

  std::string text_, base64_, base64_url_;
  std::string uuid_;                // in uuid[]: the version 3 UUID of the placeholder
  std::string map_;                 // of an hstore as JSON text
  std::vector<std::string> codes_;  // in int[], bigint[], date[]: a number for each byte
};

}  // namespace sluice::debezium
