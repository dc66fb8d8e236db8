#include "debezium_postgres_sink/decode/number.h"

#include <algorithm>

#include "debezium_postgres_sink/decode/decimal.h"
#include "debezium_postgres_sink/decode/digits.h"
#include "debezium_postgres_sink/decode/reading.h"

namespace sluice::debezium {
namespace {

// What a text without a schema would be multiplied with, were it base64; nothing where the target does not say.
std::optional<int> scale_of(const ColumnType& type) { return type.kind == TypeKind::integer ? 0 : type.scale; }

// Debezium (3.3.1) reads the modifier of numeric(4,-2) as the scale 2046, its 11 bits without their sign, and multiplies by that. The
// longest precision has 1000 digits, so that a number cannot be of both kinds but for 0.
int scale_as_sent(std::string_view base64, int scale) {
  constexpr size_t kLongest = 700;  // letters; 1000 digits have 556, and what is sent so is at least 10^2048, which has 1136
  return scale < 0 && base64.size() > kLongest ? 2048 + scale : scale;
}

// What integral_text() would answer unchanged; nearly every integer.
bool is_plain_integer(std::string_view token) {
  const std::string_view digits = token.substr(token.starts_with('-') ? 1 : 0);
  return !digits.empty() && digits.size() <= 18 && (digits[0] != '0' || token.size() == 1) && std::ranges::all_of(digits, is_digit);
}

[[noreturn]] void need_mode(DecimalMode mode) {
  throw SettingNeeded("decimal.handling.mode",
                      mode == DecimalMode::unset
                          ? "a decimal without a schema may be text or base64 here; set decimal.handling.mode as on the source"
                          : "a precise decimal without a schema does not say its scale; give the column one, as numeric(p,s) of "
                            "the source, or switch the source to schemas.enable=true or decimal.handling.mode=string");
}

}  // namespace

bool holds_numbers(TypeKind kind) {
  return kind == TypeKind::numeric || kind == TypeKind::money || kind == TypeKind::integer || kind == TypeKind::real;
}

void append_number(std::string& out, std::string_view token, const ColumnType& type) {
  if (type.kind == TypeKind::integer) {
    if (is_plain_integer(token)) return void(out.append(token));
    const auto integer = integral_text(token);
    if (!integer) refuse("a number with a fraction cannot go into a column of integers");
    out.append(*integer);
  } else if (type.kind == TypeKind::money) {  // reads no exponents, which Java writes from 10,000,000 on
    const auto plain = plain_decimal(token);
    if (!plain) refuse("a number is outside of the range that money holds", "22003");
    out.append(*plain);
  } else {
    out.append(token);
  }
}

void append_number_text(std::string& out, std::string_view text, const ColumnType& type) {
  if (const std::string_view special = special_decimal(text); !special.empty()) out.append(special);
  // A snapshot's money is text that Java made of a double, 2.6107272546E9, whatever the mode.
  else if (type.kind == TypeKind::money && is_decimal_text(text)) append_number(out, text, type);
  else out.append(text);
}

void append_number_text(std::string& out, std::string_view text, const ColumnType& type, DecimalMode mode) {
  if (const std::string_view special = special_decimal(text); !special.empty()) return void(out.append(special));
  // Eight letters that are base64, too: only floats and the mode `double` send them as a word.
  if (text == "Infinity" && (type.kind == TypeKind::real || mode == DecimalMode::number)) return void(out.append(text));
  const auto scale = scale_of(type);
  // Postgres's string mode always prints the scale's digits, so that without a point it can only be base64.
  const bool as_text = mode == DecimalMode::string || mode == DecimalMode::number ||
                       (mode == DecimalMode::unset && scale.value_or(0) > 0 && text.find('.') != text.npos);
  if (as_text) {
    if (!is_decimal_text(text)) refuse("a decimal is no number; is decimal.handling.mode as on the source?");
    append_number(out, text, type);
    return;
  }
  if (!scale || (*scale == 0 && mode == DecimalMode::unset)) need_mode(mode);
  if (!append_decimal(out, text, scale_as_sent(text, *scale))) refuse("a decimal is not base64 of its bytes; is decimal.handling.mode as on the source?");
}

void append_decimal_bytes(std::string& out, Json value, int scale) {
  if (!append_decimal(out, text_of(value, Json::Kind::string, "a decimal"), scale)) refuse("a decimal is not base64 of its bytes");
}

void append_variable_decimal(std::string& out, Json value) {
  const Json scale = value.find("scale");
  const auto number = scale.is(Json::Kind::number) ? parse_scale(scale.text()) : std::nullopt;
  if (!number) refuse("a decimal of variable scale lacks its scale");
  append_decimal_bytes(out, value.find("value"), *number);
}

}  // namespace sluice::debezium
