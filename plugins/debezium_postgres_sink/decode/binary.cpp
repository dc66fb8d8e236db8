#include "debezium_postgres_sink/decode/binary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "debezium_postgres_sink/decode/cell.h"
#include "debezium_postgres_sink/decode/decimal.h"
#include "debezium_postgres_sink/decode/digits.h"

namespace sluice::debezium {
namespace {

using namespace std::string_view_literals;

// As all numbers are.
template <class Number>
std::array<char, sizeof(Number)> big_endian(Number number) {
  std::array<char, sizeof number> bytes;
  std::memcpy(bytes.data(), &number, sizeof number);
  std::ranges::reverse(bytes);
  return bytes;
}

template <class Number>
void append_number(std::string& out, Number number) {
  const auto bytes = big_endian(number);
  out.append(bytes.data(), bytes.size());
}

template <class Number>
bool append_fixed(std::string& out, Number number) {
  std::array<char, sizeof(int32_t) + sizeof number> field;
  std::ranges::copy(big_endian(static_cast<int32_t>(sizeof number)), field.begin());
  std::ranges::copy(big_endian(number), field.begin() + sizeof(int32_t));
  out.append(field.data(), field.size());
  return true;
}

// A length that is known only after what it is of.
class Field {
 public:
  explicit Field(std::string& out) : out_(out), from_(out.size()) { append_number(out, int32_t{0}); }
  bool end() {
    const auto bytes = big_endian(static_cast<int32_t>(out_.size() - from_ - sizeof(int32_t)));
    std::ranges::copy(bytes, out_.begin() + static_cast<ptrdiff_t>(from_));
    return true;
  }

 private:
  std::string& out_;
  const size_t from_;
};

// ---- numbers ----------------------------------------------------------------------------------------------------------

template <class Integer>
bool append_integer(std::string& out, std::string_view text) {
  const auto number = whole_number(text);
  if (!number || *number < std::numeric_limits<Integer>::min() || *number > std::numeric_limits<Integer>::max()) return false;
  return append_fixed(out, static_cast<Integer>(*number));
}

template <class Float>
std::optional<Float> float_of(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<Float>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<Float>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<Float>::infinity();
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || !is_digit(digits[0])) return std::nullopt;  // from_chars reads words, too
  Float number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class Float>
bool append_float(std::string& out, std::string_view text) {
  const auto number = float_of<Float>(text);
  return number && append_fixed(out, *number);
}

struct Decimal {
  bool negative = false;
  std::string_view whole, fraction;  // digits
};

std::optional<Decimal> split_decimal(std::string_view text) {
  Decimal decimal;
  decimal.negative = text.starts_with('-');
  const std::string_view digits = text.substr(decimal.negative ? 1 : 0);
  const size_t point = std::min(digits.find('.'), digits.size());
  decimal.whole = digits.substr(0, point);
  decimal.fraction = digits.substr(std::min(point + 1, digits.size()));
  const bool all = std::ranges::all_of(decimal.whole, is_digit) && std::ranges::all_of(decimal.fraction, is_digit);
  if (!all || decimal.whole.empty() || (point < digits.size() && decimal.fraction.empty())) return std::nullopt;
  return decimal;
}

// Four digits from `at` on; before the first and after the last one there are zeros.
int16_t group_at(std::string_view digits, ptrdiff_t at) {
  int16_t group = 0;
  for (ptrdiff_t i = at; i < at + 4; ++i) {
    const bool inside = i >= 0 && i < static_cast<ptrdiff_t>(digits.size());
    group = static_cast<int16_t>(group * 10 + (inside ? digits[static_cast<size_t>(i)] - '0' : 0));
  }
  return group;
}

// numeric_recv: how many groups of four digits, the power of 10000 that the first stands for, sign, digits after the point as shown;
// then the groups.
bool append_decimal(std::string& out, const Decimal& decimal) {
  const size_t whole_groups = (decimal.whole.size() + 3) / 4, fraction_groups = (decimal.fraction.size() + 3) / 4;
  append_number(out, static_cast<int32_t>(2 * (4 + whole_groups + fraction_groups)));
  append_number(out, static_cast<int16_t>(whole_groups + fraction_groups));
  append_number(out, static_cast<int16_t>(static_cast<int>(whole_groups) - 1));
  append_number(out, static_cast<int16_t>(decimal.negative ? 0x4000 : 0));
  append_number(out, static_cast<int16_t>(decimal.fraction.size()));
  // The first group of the whole may have fewer digits, the last of the fraction ends in zeros.
  const auto first = static_cast<ptrdiff_t>(decimal.whole.size()) - static_cast<ptrdiff_t>(4 * whole_groups);
  for (size_t i = 0; i < whole_groups; ++i) append_number(out, group_at(decimal.whole, first + static_cast<ptrdiff_t>(4 * i)));
  for (size_t i = 0; i < fraction_groups; ++i) append_number(out, group_at(decimal.fraction, static_cast<ptrdiff_t>(4 * i)));
  return true;
}

bool append_numeric(std::string& out, std::string_view text) {
  constexpr size_t kLongest = 1000;  // longer ones are rare, and Postgres's own limits are its business
  if (text.size() > kLongest) return false;
  if (const auto decimal = split_decimal(text)) return append_decimal(out, *decimal);
  const auto plain = plain_decimal(text);  // of one with an exponent
  if (!plain || plain->size() > kLongest) return false;
  const auto decimal = split_decimal(*plain);
  return decimal && append_decimal(out, *decimal);
}

// ---- dates and times --------------------------------------------------------------------------------------------------

constexpr int64_t kSecondUs = 1'000'000, kDayUs = 86'400 * kSecondUs;
constexpr int64_t kEpochDays = 10'957;  // from 1970-01-01 to 2000-01-01, from which Postgres counts

// Reads a text from its front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool take(char c) { return text_.starts_with(c) && (text_.remove_prefix(1), true); }
  bool at_end() const { return text_.empty(); }
  // Exactly so many digits. Nothing where there are fewer.
  std::optional<int> digits(size_t count) {
    if (text_.size() < count) return std::nullopt;
    int number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_digit(text_[i])) return std::nullopt;
      number = number * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return number;
  }
  // Four to seven of them.
  std::optional<int> year() {
    int number = 0;
    size_t count = 0;
    for (; count < text_.size() && count < 7 && is_digit(text_[count]); ++count) number = number * 10 + (text_[count] - '0');
    if (count < 4) return std::nullopt;
    text_.remove_prefix(count);
    return number;
  }
  // The digits of a fraction, one to six, in millionths.
  std::optional<int64_t> millionths() {
    int64_t number = 0, worth = 100'000;
    size_t count = 0;
    for (; count < text_.size() && is_digit(text_[count]); ++count, worth /= 10) number += worth * (text_[count] - '0');
    if (count == 0 || count > 6) return std::nullopt;
    text_.remove_prefix(count);
    return number;
  }

 private:
  std::string_view text_;
};

// Howard Hinnant's days_from_civil. The year before 1 is 0.
int64_t days_of(int year, int month, int day) {
  const int64_t shifted = month <= 2 ? year - 1 : year;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400, year_of_era = shifted - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

int days_in(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

std::optional<int64_t> read_days(Reader& from, bool before_christ) {
  const auto written = from.year();
  constexpr int kLastYear = 5874897;  // of dates; and no day is beyond 32 bits
  if (!written || *written == 0 || *written > kLastYear || !from.take('-')) return std::nullopt;
  const int year = before_christ ? 1 - *written : *written;
  const auto month = from.digits(2);
  if (!month || *month < 1 || *month > 12 || !from.take('-')) return std::nullopt;
  const auto day = from.digits(2);
  if (!day || *day < 1 || *day > days_in(year, *month)) return std::nullopt;
  return days_of(year, *month, *day) - kEpochDays;
}

bool take_end(std::string_view& text, std::string_view end) { return text.ends_with(end) && (text.remove_suffix(end.size()), true); }

std::optional<int64_t> read_clock(Reader& from) {
  const auto hours = from.digits(2);
  if (!hours || *hours > 23 || !from.take(':')) return std::nullopt;
  const auto minutes = from.digits(2);
  if (!minutes || *minutes > 59 || !from.take(':')) return std::nullopt;
  const auto seconds = from.digits(2);
  if (!seconds || *seconds > 59) return std::nullopt;
  const auto fraction = from.take('.') ? from.millionths() : 0;
  if (!fraction) return std::nullopt;
  return ((*hours * 60 + *minutes) * 60 + *seconds) * kSecondUs + *fraction;
}

// The greatest and the least number stand for the infinities.
template <class Number>
std::optional<Number> infinity_of(std::string_view text) {
  if (text == "infinity") return std::numeric_limits<Number>::max();
  if (text == "-infinity") return std::numeric_limits<Number>::min();
  return std::nullopt;
}

bool append_date(std::string& out, std::string_view text) {
  if (const auto infinity = infinity_of<int32_t>(text)) return append_fixed(out, *infinity);
  const bool before_christ = take_end(text, " BC");
  Reader from(text);
  const auto days = read_days(from, before_christ);
  return days && from.at_end() && append_fixed(out, static_cast<int32_t>(*days));
}

bool append_time(std::string& out, std::string_view text) {
  Reader from(text);
  const auto us = read_clock(from);
  return us && from.at_end() && append_fixed(out, *us);
}

// With a zone only where that is UTC, the zone of the sink's sessions.
bool append_timestamp(std::string& out, std::string_view text) {
  if (const auto infinity = infinity_of<int64_t>(text)) return append_fixed(out, *infinity);
  const bool before_christ = take_end(text, " BC");
  take_end(text, "+00");
  Reader from(text);
  const auto days = read_days(from, before_christ);
  if (!days || !from.take(' ')) return false;
  const auto clock = read_clock(from);
  int64_t us = 0;
  if (!clock || !from.at_end() || __builtin_mul_overflow(*days, kDayUs, &us) || __builtin_add_overflow(us, *clock, &us)) return false;
  const bool means_infinity = us == std::numeric_limits<int64_t>::max() || us == std::numeric_limits<int64_t>::min();
  return !means_infinity && append_fixed(out, us);
}

// ---- the rest ---------------------------------------------------------------------------------------------------------

bool append_boolean(std::string& out, std::string_view text) {
  const bool yes = text == "t" || text == "true";
  if (!yes && text != "f" && text != "false") return false;
  return append_fixed(out, static_cast<char>(yes));
}

bool append_text(std::string& out, std::string_view cell) {
  Field field(out);
  return append_unescaped(out, cell) && field.end();
}

bool append_jsonb(std::string& out, std::string_view cell) {
  Field field(out);
  out.push_back(1);  // the format's version
  return append_unescaped(out, cell) && field.end();
}

bool append_bytea(std::string& out, std::string_view cell) {
  Field field(out);
  return cell.starts_with(R"(\\x)") && append_hex(out, cell.substr(3)) && field.end();
}

bool append_uuid(std::string& out, std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  append_number(out, int32_t{16});
  for (const auto& [from, count] : {std::pair{0, 8}, {9, 4}, {14, 4}, {19, 4}, {24, 12}})
    if (!append_hex(out, text.substr(static_cast<size_t>(from), static_cast<size_t>(count)))) return false;
  return true;
}

bool append_any(std::string& out, std::string_view cell, Wire wire) {
  switch (wire) {
    case Wire::none: return false;
    case Wire::int2: return append_integer<int16_t>(out, cell);
    case Wire::int4: return append_integer<int32_t>(out, cell);
    case Wire::int8: return append_integer<int64_t>(out, cell);
    case Wire::float4: return append_float<float>(out, cell);
    case Wire::float8: return append_float<double>(out, cell);
    case Wire::boolean: return append_boolean(out, cell);
    case Wire::numeric: return append_numeric(out, cell);
    case Wire::text: return append_text(out, cell);
    case Wire::jsonb: return append_jsonb(out, cell);
    case Wire::bytea: return append_bytea(out, cell);
    case Wire::uuid: return append_uuid(out, cell);
    case Wire::date: return append_date(out, cell);
    case Wire::time: return append_time(out, cell);
    case Wire::timestamp: return append_timestamp(out, cell);
  }
  return false;
}

}  // namespace

const std::string_view kBinaryHeader = "PGCOPY\n\377\r\n\0" "\0\0\0\0" "\0\0\0\0"sv, kBinaryTrailer = "\377\377"sv;

void append_row_head(std::string& out, size_t fields) { append_number(out, static_cast<int16_t>(fields)); }
void append_null_field(std::string& out) { append_number(out, int32_t{-1}); }

bool append_field(std::string& out, std::string_view cell, Wire wire) {
  if (wire == Wire::none) return false;  // the type may have no binary format at all, not even for a NULL
  if (cell == kNullCell) {
    append_null_field(out);
    return true;
  }
  const size_t before = out.size();
  if (append_any(out, cell, wire)) return true;
  out.resize(before);
  return false;
}

}  // namespace sluice::debezium
