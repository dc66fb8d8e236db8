#include "debezium_postgres_sink/decode/cell.h"

#include <charconv>
#include <optional>

#include "debezium_postgres_sink/decode/base64.h"
#include "debezium_postgres_sink/decode/datetime.h"
#include "debezium_postgres_sink/decode/decimal.h"
#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

using Kind = JsonNode::Kind;

[[noreturn]] void refuse(const std::string& reason, const char* code = "22P02") { throw RecordError(reason, code); }

bool is_decimal(TypeKind kind) { return kind == TypeKind::numeric || kind == TypeKind::money; }

std::string_view text_of(Json value, Kind kind, const char* what) {
  if (!value.is(kind)) refuse(std::string("a value that should be ") + what + " is not");
  return value.text();
}

int64_t integer_of(Json value) {
  const std::string_view token = text_of(value, Kind::number, "an integer");
  int64_t number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error != std::errc() || end != token.data() + token.size()) refuse("a number of a date or time is no 64-bit integer", "22003");
  return number;
}

void append_hex_bytes(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out.append("\\\\x");  // COPY's escape of the backslash of \x
  for (const char b : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(b) >> 4]);
    out.push_back(kDigits[b & 15]);
  }
}

std::string bytes_of(Json value, Alphabet alphabet = Alphabet::standard) {
  std::string bytes;
  if (!decode_base64(text_of(value, Kind::string, "base64"), bytes, alphabet)) refuse("bytes are not base64");
  return bytes;
}

void append_bytes_by_mode(std::string& out, Json value, BinaryMode mode) {
  if (mode != BinaryMode::hex) {
    append_hex_bytes(out, bytes_of(value, mode == BinaryMode::base64_url_safe ? Alphabet::url : Alphabet::standard));
    return;
  }
  const std::string_view digits = text_of(value, Kind::string, "hex digits");
  if (digits.size() % 2 != 0 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) refuse("bytes are not hex digits");
  out.append("\\\\x").append(digits);
}

void append_decimal_bytes(std::string& out, Json value, int scale) {
  if (!append_decimal(out, text_of(value, Kind::string, "a decimal"), scale)) refuse("a decimal is not base64 of its bytes");
}

void append_variable_decimal(std::string& out, Json value) {
  const Json scale = value.find("scale");
  const auto number = scale.is(Kind::number) ? parse_scale(scale.text()) : std::nullopt;
  if (!number) refuse("a decimal of variable scale lacks its scale");
  append_decimal_bytes(out, value.find("value"), *number);
}

// Debezium's Bits: little-endian bytes, cut to the highest set bit. With a length, exactly that many digits; without (bit
// varying, whose length is lost at the source) as few as say the number.
void append_bits(std::string& out, Json value, std::optional<int> length) {
  const std::string bytes = bytes_of(value);
  std::string digits;
  for (size_t i = bytes.size(); i-- > 0;)
    for (int bit = 7; bit >= 0; --bit) digits.push_back((static_cast<unsigned char>(bytes[i]) >> bit & 1) != 0 ? '1' : '0');
  digits.erase(0, std::min(digits.find('1'), digits.size()));
  if (length && digits.size() > static_cast<size_t>(*length)) refuse("a bit string is longer than its column", "22026");
  if (length) out.append(static_cast<size_t>(*length) - digits.size(), '0');
  out.append(digits);
}

// What a number or text without a meaning of its own becomes.
void append_plain(std::string& out, Json value, const ColumnType& type) {
  switch (value.kind()) {
    case Kind::null:
      out.append(kNullCell);
      return;
    case Kind::boolean:
      out.append(type.kind == TypeKind::bit ? (value.text() == "true" ? "1" : "0") : (value.text() == "true" ? "t" : "f"));
      return;
    case Kind::number:
      if (type.kind == TypeKind::integer) {
        const auto integer = integral_text(value.text());
        if (!integer) refuse("a number with a fraction cannot go into a column of integers");
        out.append(*integer);
      } else if (type.kind == TypeKind::money) {  // reads no exponents, which Java writes from 10,000,000 on
        const auto plain = plain_decimal(value.text());
        if (!plain) refuse("a number is outside of the range that money holds", "22003");
        out.append(*plain);
      } else {
        out.append(value.text());
      }
      return;
    case Kind::string:
      if (is_decimal(type.kind)) {
        if (const std::string_view special = special_decimal(value.text()); !special.empty()) {
          out.append(special);
          return;
        }
      }
      append_escaped(out, value.text());
      return;
    case Kind::object:
    case Kind::array:
      refuse("structs, arrays and maps cannot be written in this version; leave the column out with \"columns\"", "0A000");
  }
}

// Without a schema, a decimal in a string is what decimal.handling.mode says, or what only one mode can have written.
void append_numeric_text(std::string& out, std::string_view text, const ColumnType& type, DecimalMode mode) {
  if (const std::string_view special = special_decimal(text); !special.empty()) {
    out.append(special);
    return;
  }
  if (mode == DecimalMode::number && text == "Infinity") {  // in `precise` these eight letters are base64
    out.append(text);
    return;
  }
  // Postgres's string mode always prints the scale's digits, so that without a point it can only be base64.
  const bool as_text = mode == DecimalMode::string || mode == DecimalMode::number ||
                       (mode == DecimalMode::unset && type.scale.value_or(0) > 0 && text.find('.') != text.npos);
  if (as_text) {
    if (!is_decimal_text(text)) refuse("a decimal is no number; is decimal.handling.mode as on the source?");
    out.append(text);
    return;
  }
  if (!type.scale || (*type.scale == 0 && mode == DecimalMode::unset))
    throw SettingNeeded("decimal.handling.mode",
                        mode == DecimalMode::unset
                            ? "a decimal without a schema may be text or base64 here; set decimal.handling.mode as on the source"
                            : "a precise decimal without a schema does not say its scale; give the column one, as numeric(p,s) of "
                              "the source, or switch the source to schemas.enable=true or decimal.handling.mode=string");
  if (!append_decimal(out, text, *type.scale)) refuse("a decimal is not base64 of its bytes; is decimal.handling.mode as on the source?");
}

// The meaning of a JSON number in a column of dates or times; section "temporal types" of Debezium's documentation. The
// source's precision is not in the event: 6 digits, Postgres's default, are assumed.
Meaning time_meaning(TypeKind kind, TimeMode mode) {
  if (kind == TypeKind::date) return Meaning::date;
  if (kind == TypeKind::interval) return Meaning::duration_us;
  const bool is_time = kind == TypeKind::time;
  switch (mode) {
    case TimeMode::connect: return is_time ? Meaning::time_ms : Meaning::timestamp_ms;
    case TimeMode::nanoseconds: return is_time ? Meaning::time_ns : Meaning::timestamp_ns;
    default: return is_time ? Meaning::time_us : Meaning::timestamp_us;
  }
}

Meaning meaning_without_schema(Json value, const ColumnType& type, TimeMode mode) {
  const bool number = value.is(Kind::number), string = value.is_string();
  switch (type.kind) {
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timestamp:
      if (number) return time_meaning(type.kind, mode);
      return string ? Meaning::iso_timestamp : Meaning::none;
    case TypeKind::interval: return number ? Meaning::duration_us : Meaning::none;
    case TypeKind::timestamptz: return number ? time_meaning(TypeKind::timestamp, mode) : string ? Meaning::zoned_timestamp : Meaning::none;
    case TypeKind::timetz: return string ? Meaning::zoned_time : Meaning::none;
    case TypeKind::bit: return string ? Meaning::bits : Meaning::none;
    case TypeKind::numeric:
    case TypeKind::money: return value.is_object() ? Meaning::variable_decimal : Meaning::none;
    default: return Meaning::none;
  }
}

}  // namespace

void append_cell(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings) {
  if (!value.exists() || value.is_null()) {
    out.append(kNullCell);
    return;
  }
  const Meaning meaning = schema ? schema->meaning : meaning_without_schema(value, type, settings.times);
  switch (meaning) {
    case Meaning::none:
      if (!schema && is_decimal(type.kind) && value.is_string())
        append_numeric_text(out, value.text(), type, settings.decimals);
      else if (type.kind == TypeKind::bytea && value.is_string())
        append_bytes_by_mode(out, value, settings.binary);
      else
        append_plain(out, value, type);
      return;
    case Meaning::decimal:
      if (value.is(Kind::number)) out.append(value.text());  // the converter's decimal.format=NUMERIC
      else append_decimal_bytes(out, value, schema->scale);
      return;
    case Meaning::variable_decimal: append_variable_decimal(out, value); return;
    case Meaning::bytes: append_hex_bytes(out, bytes_of(value)); return;
    case Meaning::bits: append_bits(out, value, type.length); return;
    case Meaning::date: append_date(out, integer_of(value)); return;
    case Meaning::time_ms: {
      const int64_t ms = integer_of(value);
      append_time(out, ms < 0 || ms > 86'400'000 ? -1 : ms * 1000);
      return;
    }
    case Meaning::time_us: append_time(out, integer_of(value)); return;
    case Meaning::time_ns: {
      const int64_t ns = integer_of(value);
      append_time(out, ns < 0 ? -1 : ns / 1000);
      return;
    }
    case Meaning::timestamp_ms: append_timestamp_ms(out, integer_of(value)); return;
    case Meaning::timestamp_us: append_timestamp_us(out, integer_of(value)); return;
    case Meaning::timestamp_ns: append_timestamp_ns(out, integer_of(value)); return;
    case Meaning::iso_date:
    case Meaning::iso_time:
    case Meaning::iso_timestamp:
    case Meaning::zoned_time:
    case Meaning::zoned_timestamp: {
      // `timestamptz` into `timestamp` is its UTC wall clock: Debezium writes UTC, so dropping the Z is just that.
      const bool keep = type.kind == TypeKind::timestamptz || type.kind == TypeKind::timetz;
      append_iso(out, text_of(value, Kind::string, "ISO text"), keep ? Zone::keep : Zone::drop);
      return;
    }
    case Meaning::duration_us: {
      // Seconds as an exact decimal: Postgres reads them without a detour through floating point.
      const int64_t us = integer_of(value);
      const uint64_t size = us < 0 ? 0 - static_cast<uint64_t>(us) : static_cast<uint64_t>(us);
      const std::string fraction = std::to_string(1'000'000 + size % 1'000'000).substr(1);
      out.append(us < 0 ? "-" : "").append(std::to_string(size / 1'000'000)).append(".").append(fraction).append(" seconds");
      return;
    }
    case Meaning::composite:
      append_plain(out, value, type);
      return;
  }
}

void append_escaped(std::string& out, std::string_view text) {
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char escape = 0;
    switch (text[i]) {
      case '\\': escape = '\\'; break;
      case '\t': escape = 't'; break;
      case '\n': escape = 'n'; break;
      case '\r': escape = 'r'; break;
      case '\0': refuse("a text holds the character U+0000, which Postgres cannot store", "22021");
      default: continue;
    }
    out.append(text, from, i - from);
    out.push_back('\\');
    out.push_back(escape);
    from = i + 1;
  }
  out.append(text, from, text.size() - from);
}

}  // namespace sluice::debezium
