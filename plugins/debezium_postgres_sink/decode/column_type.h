// What a target column holds, as far as values care: which rule writes into it, and the type's own numbers. Made from the
// catalogue; domains stand for what they are made of.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice::debezium {

// Types of Postgres that need a rule of their own; `other` reads the text that Debezium sends: enums, ranges, networks, xml,
// ltree, tsvector and the like.
enum class TypeKind : uint8_t {
  other, text, integer, real, boolean, numeric, money, bytea, json, uuid,
  date, time, timetz, timestamp, timestamptz, interval,
  bit,  // with a length: bit(n); without: bit varying
  array, hstore,
  point, line, lseg, box, path, polygon, circle,  // Postgres's own shapes
  geometry,                                       // PostGIS's geometry and geography
  vector, sparse_vector,                          // pgvector's
  opaque,  // composites and multiranges: Debezium sends their text as bytes, if at all
};

// How COPY's binary format has a value of the type; `none`: there is no rule for it, so that its rows go as text.
enum class Wire : uint8_t { none, int2, int4, int8, float4, float8, boolean, numeric, text, jsonb, bytea, uuid, date, time, timestamp };

struct ColumnType {
  TypeKind kind = TypeKind::other;
  std::optional<int> scale;  // of numeric(p,s), which may be negative; none: numeric
  std::optional<int> length;  // of bit(n)
  std::string name = {};     // as SQL writes it, for messages: "numeric(10,2)"
  std::shared_ptr<const ColumnType> element = {};  // of an array
  char delimiter = ',';      // between the elements of an array of this type: only box has another one
  int precision = 6;         // of time(p) and timestamp(p): digits of a second
  Wire wire = Wire::none;
};

}  // namespace sluice::debezium
