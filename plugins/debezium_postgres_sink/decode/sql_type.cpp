#include "debezium_postgres_sink/decode/sql_type.h"

#include <algorithm>

#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

// Limits of Postgres: numeric.h, and the length of a char, varchar or bit.
constexpr int kPrecisionMax = 1000, kLengthMax = 10485760;

std::string with_length(const char* type, std::optional<int> length) {
  return length && *length > 0 && *length <= kLengthMax ? std::string(type) + "(" + std::to_string(*length) + ")" : std::string(type);
}

// Before PostgreSQL 15 a scale is neither negative nor above the precision; a plain numeric holds those as well.
std::string numeric(std::optional<int> precision, std::optional<int> scale) {
  if (!precision || !scale || *precision < 1 || *precision > kPrecisionMax || *scale < 0 || *scale > *precision) return "numeric";
  return "numeric(" + std::to_string(*precision) + "," + std::to_string(*scale) + ")";
}

// The source's name for a type, in lower case and without the mark of an array: "_INT4" is an array of int4.
std::string source_name(const Schema& field) {
  std::string name = field.source_type;
  if (name.starts_with('_')) name.erase(0, 1);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

// Texts whose type every Postgres has. Extensions' types (citext, hstore, ltree) may be missing in the target: they become text.
std::string type_of_text(const Schema& field, const std::string& source) {
  static constexpr std::string_view kAsTheyAre[] = {
      "inet", "cidr", "macaddr", "macaddr8", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "tsvector", "tsquery", "xml",
      "uuid", "interval", "name", "pg_lsn", "bytea"};  // bytea: in the modes base64 and hex, which the sink has to be told
  if (source == "varchar") return with_length("character varying", field.source_length);
  // Without a length, `character` is one character.
  if (source == "bpchar" || source == "char") return field.source_length ? with_length("character", field.source_length) : "text";
  if (source == "numeric") return "numeric";  // decimal.handling.mode=string: the digits of each value are its own
  if (source == "money") return "money";
  if (std::ranges::find(kAsTheyAre, source) != std::end(kAsTheyAre)) return source;
  return "text";
}

std::string type_of_plain(const Schema& field, const std::string& source) {
  if (field.type == "boolean") return source == "bit" || source == "varbit" ? "bit(1)" : "boolean";
  if (field.type == "int8" || field.type == "int16") return "smallint";
  if (field.type == "int32") return "integer";
  if (field.type == "int64") return source == "oid" ? "oid" : "bigint";
  if (field.type == "float32" || field.type == "float64") {
    // decimal.handling.mode=double: a double can be too large for the source's own numeric(p,s) after it was rounded, and what
    // it lost is lost at the source.
    if (source == "numeric" || source == "money") return "numeric";
    return field.type == "float32" ? "real" : "double precision";
  }
  if (field.type == "string") return type_of_text(field, source);
  throw RecordError("the schema of its field \"" + field.field + "\" has a type that no column can be made for", "schema");
}

std::string type_of_geometry(const std::string& source) {
  static constexpr std::string_view kKnown[] = {"box", "lseg", "path", "polygon", "geometry", "geography"};
  return std::ranges::find(kKnown, source) != std::end(kKnown) ? source : "text";
}

// bit(n) and varbit(n) look the same. Where the source does not tell, bit(n): it keeps the zeros in front of a bit(n), and the
// length of a varbit is lost anyway.
std::string type_of_bits(const Schema& field, const std::string& source) {
  const int length = field.length.value_or(0);
  const bool known = length > 0 && length <= kLengthMax;
  return with_length(known && source != "varbit" ? "bit" : "bit varying", length);
}

std::string type_of_array(const Schema& field) {
  if (!field.element()) throw RecordError("the schema of its field \"" + field.field + "\" is an array without a type for its elements", "schema");
  Schema element = *field.element();
  if (element.source_type.empty()) {  // the source's type is said of the column
    element.source_type = field.source_type;
    element.source_length = field.source_length;
    element.source_scale = field.source_scale;
  }
  return sql_type_of(element) + "[]";
}

}  // namespace

std::string sql_type_of(const Schema& field) {
  const std::string source = source_name(field);
  switch (field.meaning) {
    case Meaning::none: return type_of_plain(field, source);
    case Meaning::decimal: return source == "money" ? "money" : numeric(field.precision, field.scale);
    case Meaning::variable_decimal: return "numeric";
    case Meaning::bytes: return "bytea";
    case Meaning::bits: return type_of_bits(field, source);
    case Meaning::date:
    case Meaning::iso_date:
    case Meaning::structured_date: return "date";
    case Meaning::time_ms:
    case Meaning::time_us:
    case Meaning::time_ns:
    case Meaning::iso_time:
    case Meaning::structured_time: return "time";
    case Meaning::timestamp_ms:  // time.precision.mode=connect has lost what is finer than milliseconds
    case Meaning::timestamp_us:
    case Meaning::timestamp_ns:
    case Meaning::iso_timestamp:
    case Meaning::structured_timestamp: return "timestamp";
    case Meaning::zoned_time:  // shifted to UTC: the offset is lost at the source
    case Meaning::structured_zoned_time: return "timetz";
    case Meaning::zoned_timestamp:
    case Meaning::structured_zoned_timestamp: return "timestamptz";
    case Meaning::duration_us:  // months and days have become hours at the source
    case Meaning::interval:
    case Meaning::structured_duration: return "interval";
    case Meaning::json: return source == "jsonb" || source == "hstore" ? "jsonb" : "json";  // json keeps the text as it is
    case Meaning::uuid: return "uuid";
    case Meaning::xml: return "xml";
    case Meaning::tsvector: return "tsvector";
    case Meaning::enumeration:  // its labels may change at any time
    case Meaning::ltree: return "text";
    case Meaning::point: return "point";
    case Meaning::circle: return "circle";
    case Meaning::line: return "line";
    // Boxes, paths and PostGIS's geometries share a schema. As text they keep all that they say.
    case Meaning::geometry:
    case Meaning::geography: return type_of_geometry(source);
    case Meaning::vector: return source == "vector" ? "vector" : "double precision[]";
    case Meaning::half_vector: return source == "halfvec" ? "halfvec" : "real[]";
    case Meaning::sparse_vector: return source == "sparsevec" ? "sparsevec" : "text";
    case Meaning::array: return type_of_array(field);
    case Meaning::map:
    case Meaning::composite: return "jsonb";
  }
  return "text";
}

}  // namespace sluice::debezium
