#include "debezium_postgres_sink/decode/input.h"

#include "debezium_postgres_sink/decode/array.h"
#include "debezium_postgres_sink/decode/bytes.h"
#include "debezium_postgres_sink/decode/datetime.h"
#include "debezium_postgres_sink/decode/geometry.h"
#include "debezium_postgres_sink/decode/hstore.h"
#include "debezium_postgres_sink/decode/number.h"
#include "debezium_postgres_sink/decode/reading.h"
#include "debezium_postgres_sink/decode/structured.h"

namespace sluice::debezium {
namespace {

using Kind = Json::Kind;

[[noreturn]] void refuse_target(const char* what, const ColumnType& type) {
  refuse(std::string(what) + " cannot go into a column of type " + type.name, "42804");
}

// The meaning of a JSON number in a column of dates or times; section "temporal types" of Debezium's documentation. The
// adaptive modes send milliseconds of columns with up to three digits of a second. The source's precision is not in the event:
// like a decimal's scale, it has to be the target's.
Meaning time_meaning(TypeKind kind, int precision, TimeMode mode) {
  if (kind == TypeKind::date) return Meaning::date;
  if (kind == TypeKind::interval) return Meaning::duration_us;
  const bool is_time = kind == TypeKind::time;
  switch (mode) {
    case TimeMode::adaptive:
      if (precision <= 3) return is_time ? Meaning::time_ms : Meaning::timestamp_ms;
      return is_time ? Meaning::time_us : Meaning::timestamp_us;
    case TimeMode::adaptive_time_microseconds:
      if (is_time) return Meaning::time_us;
      return precision <= 3 ? Meaning::timestamp_ms : Meaning::timestamp_us;
    case TimeMode::connect: return is_time ? Meaning::time_ms : Meaning::timestamp_ms;
    case TimeMode::nanoseconds: return is_time ? Meaning::time_ns : Meaning::timestamp_ns;
    default: return is_time ? Meaning::time_us : Meaning::timestamp_us;
  }
}

Meaning meaning_of_number(const ColumnType& type, TimeMode mode) {
  switch (type.kind) {
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timestamp:
    case TypeKind::interval: return time_meaning(type.kind, type.precision, mode);
    case TypeKind::timestamptz: return time_meaning(TypeKind::timestamp, type.precision, mode);
    default: return Meaning::none;
  }
}

Meaning meaning_of_string(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timestamp: return Meaning::iso_timestamp;
    case TypeKind::timestamptz: return Meaning::zoned_timestamp;
    case TypeKind::timetz: return Meaning::zoned_time;
    case TypeKind::bit: return Meaning::bits;
    default: return Meaning::none;
  }
}

Meaning meaning_of_object(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::numeric:
    case TypeKind::money:
    case TypeKind::integer:
    case TypeKind::real: return Meaning::variable_decimal;
    case TypeKind::point: return Meaning::point;
    case TypeKind::circle: return Meaning::circle;
    case TypeKind::line: return Meaning::line;
    case TypeKind::lseg:
    case TypeKind::box:
    case TypeKind::path:
    case TypeKind::polygon:
    case TypeKind::geometry: return Meaning::geometry;
    case TypeKind::sparse_vector: return Meaning::sparse_vector;
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timetz:
    case TypeKind::timestamp:
    case TypeKind::timestamptz: return Meaning::structured_timestamp;
    case TypeKind::interval: return Meaning::structured_duration;
    default: return Meaning::composite;
  }
}

Meaning meaning_without_schema(Json value, const ColumnType& type, const ValueSettings& settings) {
  switch (value.kind()) {
    case Kind::number: return meaning_of_number(type, settings.times);
    case Kind::string: return meaning_of_string(type);
    case Kind::object: return meaning_of_object(type);
    case Kind::array: return Meaning::array;
    default: return Meaning::none;
  }
}

void append_boolean(std::string& out, bool value, const ColumnType& type) {
  if (type.kind == TypeKind::bit) out.push_back(value ? '1' : '0');
  else if (type.kind == TypeKind::boolean) out.push_back(value ? 't' : 'f');
  else out.append(value ? "true" : "false");
}

// Postgres would read a bare number as many things: 20240101 as a day, 123456 as a time, 5 as a byte.
bool misreads_numbers(TypeKind kind) {
  switch (kind) {
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timetz:
    case TypeKind::timestamp:
    case TypeKind::timestamptz:
    case TypeKind::interval:
    case TypeKind::bytea:
    case TypeKind::bit: return true;
    default: return false;
  }
}

void append_string(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings) {
  const std::string_view text = value.text();
  if (holds_numbers(type.kind)) {
    if (schema) append_number_text(out, text, type);
    else append_number_text(out, text, type, settings.decimals);
  } else if (type.kind == TypeKind::bytea) {
    append_bytes(out, value, settings.binary);
  } else if (type.kind == TypeKind::hstore) {
    append_hstore(out, value);
  } else if (type.kind == TypeKind::opaque && !text.starts_with('(') && !text.starts_with('{')) {
    append_bytes_as_text(out, value, settings.binary);
  } else {
    out.append(text);
  }
}

void append_plain(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings) {
  switch (value.kind()) {
    case Kind::boolean: append_boolean(out, value.text() == "true", type); return;
    case Kind::number:
      if (misreads_numbers(type.kind)) refuse_target("a number without a unit", type);
      append_number(out, value.text(), type);
      return;
    case Kind::string: append_string(out, value, schema, type, settings); return;
    default: refuse_target("a struct, array or map", type);
  }
}

void append_any_array(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings) {
  static const ColumnType kText{TypeKind::text, {}, {}, "text"};
  if (!value.is(Kind::array)) return append_plain(out, value, schema, type, settings);
  if (type.kind == TypeKind::vector) return append_vector(out, value);
  if (type.kind == TypeKind::array) return append_array(out, value, schema ? schema->element() : nullptr, *type.element, settings);
  if (type.kind != TypeKind::text) refuse_target("an array", type);
  // A text gets what Postgres would show. Without a schema the elements' type is not known, so that JSON is all there is.
  if (schema && schema->element()) append_array(out, value, schema->element(), kText, settings);
  else append_json(out, value);
}

void append_map(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings) {
  if (!value.is_object()) append_any_array(out, value, schema, type, settings);  // a map with other keys than texts
  else if (type.kind == TypeKind::hstore) append_hstore(out, value);
  else if (type.kind == TypeKind::text) append_json(out, value);
  else refuse_target("a struct or map", type);
}

// Bytes that are a type's text: Debezium does not know the type (include.unknown.datatypes).
bool are_text(const Schema& schema, TypeKind kind) {
  if (kind == TypeKind::bytea) return false;
  return kind != TypeKind::text || (!schema.source_type.empty() && schema.source_type != "BYTEA");
}

// bit(n) is sent like varbit(n), and of a varbit the length is lost: in a varbit column the minimal form says no more than is known.
std::optional<int> bit_length(const Schema* schema, const ColumnType& type) {
  const auto given = schema && schema->length != INT32_MAX ? schema->length : std::nullopt;
  if (type.kind != TypeKind::bit) return given;
  if (type.length) return given ? given : type.length;
  return schema && schema->source_type == "BIT" ? given : std::nullopt;
}

void append_date_number(std::string& out, Json value, Meaning meaning) {
  const int64_t number = integer_of(value, "a date or time");
  switch (meaning) {
    case Meaning::date: append_date(out, number); return;
    case Meaning::time_ms: append_time(out, number < 0 || number > 86'400'000 ? -1 : number * 1000); return;
    case Meaning::time_us: append_time(out, number); return;
    case Meaning::time_ns: append_time(out, number < 0 ? -1 : number / 1000); return;
    case Meaning::timestamp_ms: append_timestamp_ms(out, number); return;
    case Meaning::timestamp_us: append_timestamp_us(out, number); return;
    default: append_timestamp_ns(out, number); return;
  }
}

bool is_day_or_clock(TypeKind kind) { return kind == TypeKind::date || kind == TypeKind::time || kind == TypeKind::timetz; }

// A timestamp in a date or time column would lose its other half without a word.
void append_timestamp_number(std::string& out, Json value, Meaning meaning, const ColumnType& type) {
  if (is_day_or_clock(type.kind)) refuse_target("a timestamp", type);
  append_date_number(out, value, meaning);
}

// `timestamptz` into `timestamp` is its UTC wall clock: Debezium writes UTC, so dropping the Z is just that.
Zone zone_for(const ColumnType& type, bool zoned) {
  if (type.kind == TypeKind::timestamp || type.kind == TypeKind::time || type.kind == TypeKind::date) return Zone::drop;
  return zoned || type.kind == TypeKind::timestamptz || type.kind == TypeKind::timetz ? Zone::keep : Zone::drop;
}

void append_iso_text(std::string& out, Json value, const ColumnType& type, bool zoned) {
  const std::string_view text = text_of(value, Kind::string, "ISO text");
  if (is_day_or_clock(type.kind) && text.find('T') != text.npos) refuse_target("a timestamp", type);
  append_iso(out, text, zone_for(type, zoned));
}

void append_structured(std::string& out, Json value, const ColumnType& type, bool zoned) {
  if (is_day_or_clock(type.kind) && value.find("year").is(Kind::number) && value.find("hour").is(Kind::number))
    refuse_target("a timestamp", type);
  append_structured_time(out, value, zone_for(type, zoned));
}

}  // namespace

void append_input(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings) {
  if (type.kind == TypeKind::json && (value.is_object() || value.is(Kind::array))) return append_json(out, value);
  const Meaning meaning = schema ? schema->meaning : meaning_without_schema(value, type, settings);
  switch (meaning) {
    case Meaning::none: append_plain(out, value, schema, type, settings); return;
    case Meaning::decimal:
      if (value.is(Kind::number)) append_number(out, value.text(), type);  // the converter's decimal.format=NUMERIC
      else append_decimal_bytes(out, value, schema->scale);
      return;
    case Meaning::variable_decimal: append_variable_decimal(out, value); return;
    case Meaning::bytes:
      if (are_text(*schema, type.kind)) append_bytes_as_text(out, value, BinaryMode::bytes);
      else append_bytes(out, value, BinaryMode::bytes);  // base64 whatever the mode
      return;
    case Meaning::bits: append_bits(out, value, bit_length(schema, type)); return;
    case Meaning::date:
    case Meaning::time_ms:
    case Meaning::time_us:
    case Meaning::time_ns: append_date_number(out, value, meaning); return;
    case Meaning::timestamp_ms:
    case Meaning::timestamp_us:
    case Meaning::timestamp_ns: append_timestamp_number(out, value, meaning, type); return;
    case Meaning::iso_date:
    case Meaning::iso_time:
    case Meaning::iso_timestamp: append_iso_text(out, value, type, false); return;
    case Meaning::zoned_time:
    case Meaning::zoned_timestamp: append_iso_text(out, value, type, true); return;
    case Meaning::duration_us: append_duration(out, integer_of(value, "an interval")); return;
    case Meaning::structured_date:
    case Meaning::structured_time:
    case Meaning::structured_timestamp: append_structured(out, value, type, false); return;
    case Meaning::structured_zoned_time:
    case Meaning::structured_zoned_timestamp: append_structured(out, value, type, true); return;
    case Meaning::structured_duration: append_structured_duration(out, value); return;
    case Meaning::json:
    case Meaning::uuid:
    case Meaning::xml:
    case Meaning::enumeration:
    case Meaning::ltree:
    case Meaning::tsvector:
    case Meaning::interval:
      if (!value.is_string()) refuse("a value that should be a text is not");
      append_string(out, value, schema, type, settings);
      return;
    case Meaning::point:
      if (type.kind == TypeKind::geometry) append_geometry(out, value, type.kind);
      else append_point(out, value);
      return;
    case Meaning::circle: append_circle(out, value); return;
    case Meaning::line: append_line(out, value); return;
    case Meaning::geometry:
    case Meaning::geography: append_geometry(out, value, type.kind); return;
    case Meaning::vector:
    case Meaning::half_vector:
      if (value.is(Kind::array) && type.kind != TypeKind::array) append_vector(out, value);
      else append_any_array(out, value, schema, type, settings);
      return;
    case Meaning::sparse_vector: append_sparse_vector(out, value); return;
    case Meaning::array: append_any_array(out, value, schema, type, settings); return;
    case Meaning::map:
    case Meaning::composite: append_map(out, value, schema, type, settings); return;
  }
}

}  // namespace sluice::debezium
