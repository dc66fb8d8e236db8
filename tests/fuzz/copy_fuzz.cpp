// What is written to COPY, read back by readers of our own that follow PostgreSQL's reference of COPY: values become a row of text and
// are the same values again; a cell's text becomes a field of the binary format and says the same again.
//
// An input is a byte that chooses a type, then values with \x1e between them; an empty one is null.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/decode/binary.h"
#include "debezium_postgres_sink/decode/cell.h"
#include "debezium_postgres_sink/record_error.h"
#include "fuzz/claim.h"

namespace sluice::debezium {
namespace {

using fuzz::require;
using fuzz::require_sentence;
using Value = std::optional<std::string>;

// ---- COPY's text format ----------------------------------------------------------------------------------------------

bool is_octal(char c) { return c >= '0' && c <= '7'; }

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// All that a backslash can mean, though the product writes but four of it.
std::string unescaped(std::string_view cell) {
  std::string out;
  for (size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] != '\\') {
      out.push_back(cell[i]);
      continue;
    }
    require(++i < cell.size(), "a backslash does not end a cell");
    const char c = cell[i];
    static constexpr std::string_view kNames = "bfnrtv", kMeant = "\b\f\n\r\t\v";
    if (const size_t at = kNames.find(c); at != kNames.npos) {
      out.push_back(kMeant[at]);
    } else if (is_octal(c)) {
      int code = c - '0';
      for (int more = 0; more < 2 && i + 1 < cell.size() && is_octal(cell[i + 1]); ++more) code = code * 8 + (cell[++i] - '0');
      out.push_back(static_cast<char>(code));
    } else if (c == 'x' && i + 1 < cell.size() && hex(cell[i + 1]) >= 0) {
      int code = hex(cell[++i]);
      if (i + 1 < cell.size() && hex(cell[i + 1]) >= 0) code = code * 16 + hex(cell[++i]);
      out.push_back(static_cast<char>(code));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::vector<std::vector<Value>> read_text(std::string_view text) {
  std::vector<std::vector<Value>> rows;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    require(end != text.npos, "a row ends with a line feed");
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    require(line != "\\.", "no row is the mark of the end");
    require(line.find('\r') == line.npos, "no raw carriage return, which could be taken for a line's end");
    auto& row = rows.emplace_back();
    for (;;) {
      const size_t tab = line.find('\t');
      const std::string_view cell = line.substr(0, tab);
      row.push_back(cell == "\\N" ? Value() : Value(unescaped(cell)));
      if (tab == line.npos) break;
      line.remove_prefix(tab + 1);
    }
  }
  return rows;
}

void check_text(const std::vector<Value>& values) {
  std::string text;
  try {
    for (const Value& value : values) {
      if (&value != &values.front()) text.push_back('\t');
      const size_t from = text.size();
      if (value) append_escaped(text, *value);
      else text.append(kNullCell);
      require(text.size() - from <= 2 * (value ? value->size() : 1), "a cell is at most twice as long as its value");
      std::string again;
      if (value) require(append_unescaped(again, std::string_view(text).substr(from)) && again == *value, "a cell's text is its value again");
    }
  } catch (const RecordError& e) {
    require_sentence(e.what());
    require(std::ranges::any_of(values, [](const Value& v) { return v && v->find('\0') != v->npos; }), "only U+0000 is refused");
    return;
  }
  text.push_back('\n');
  require(text.find('\0') == text.npos, "COPY gets no NUL");
  const auto rows = read_text(text);
  require(rows.size() == 1 && rows[0] == values, "a row of text reads back", text);
}

// ---- COPY's binary format ---------------------------------------------------------------------------------------------

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  template <class Number>
  Number number() {
    require(bytes_.size() >= sizeof(Number), "a field is as long as its type");
    char raw[sizeof(Number)];
    std::reverse_copy(bytes_.begin(), bytes_.begin() + sizeof(Number), raw);
    bytes_.remove_prefix(sizeof(Number));
    Number value;
    std::memcpy(&value, raw, sizeof value);
    return value;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

template <class Number>
std::optional<Number> parsed(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

template <class Integer>
void check_integer(std::string_view text, Bytes field) {
  require(parsed<Integer>(text) == field.number<Integer>(), "an integer's field is the integer");
}

template <class Float>
void check_float(std::string_view text, Bytes field) {
  const Float said = field.number<Float>();
  if (text == "NaN") return require(std::isnan(said), "NaN is NaN");
  // strtod reads Infinity as well.
  const std::string whole(text);
  const Float meant = sizeof(Float) == 4 ? static_cast<Float>(std::strtof(whole.c_str(), nullptr)) : static_cast<Float>(std::strtod(whole.c_str(), nullptr));
  require(std::memcmp(&said, &meant, sizeof said) == 0, "a float's field is the float", text);
}

struct Decimal {
  bool negative = false;
  std::string whole, fraction;  // the first without zeros in front
  bool operator==(const Decimal&) const = default;
};

// As numeric_recv reads it.
Decimal decimal_in(Bytes field) {
  const auto groups = field.number<int16_t>(), weight = field.number<int16_t>();
  const auto sign = field.number<uint16_t>();
  const auto scale = field.number<int16_t>();
  require(groups >= 0 && scale >= 0 && scale <= 16383, "a numeric has groups and a scale that Postgres takes");
  require(sign == 0 || sign == 0x4000, "a numeric is above or below 0");
  Decimal decimal{sign == 0x4000, {}, {}};
  for (int i = 0; i < groups; ++i) {
    const auto group = field.number<int16_t>();
    require(group >= 0 && group <= 9999, "a group has four digits");
    char digits[8];
    std::snprintf(digits, sizeof digits, "%04d", group);
    (i <= weight ? decimal.whole : decimal.fraction).append(digits);
  }
  for (int i = groups; i <= weight; ++i) decimal.whole.append("0000");
  for (int i = -1; i > weight; --i) decimal.fraction.insert(0, "0000");
  require(field.rest().empty(), "a numeric has no more groups than it says");
  decimal.fraction.resize(static_cast<size_t>(scale), '0');
  decimal.whole.erase(0, std::min(decimal.whole.find_first_not_of('0'), decimal.whole.size()));
  return decimal;
}

// The number in Postgres's own reading of the text: an exponent moves the point, and what stands after it is the scale.
Decimal decimal_in(std::string_view text) {
  Decimal decimal;
  decimal.negative = text.starts_with('-');
  if (decimal.negative || text.starts_with('+')) text.remove_prefix(1);
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  int exponent = 0;
  if (e < text.size()) exponent = parsed<int>(text.substr(e + (text.substr(e + 1).starts_with('+') ? 2 : 1))).value_or(0);
  const std::string_view mantissa = text.substr(0, e);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  decimal.whole = mantissa.substr(0, point);
  decimal.fraction = mantissa.substr(std::min(point + 1, mantissa.size()));
  for (; exponent > 0; --exponent) {
    decimal.whole.push_back(decimal.fraction.empty() ? '0' : decimal.fraction[0]);
    if (!decimal.fraction.empty()) decimal.fraction.erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    decimal.fraction.insert(0, 1, decimal.whole.empty() ? '0' : decimal.whole.back());
    if (!decimal.whole.empty()) decimal.whole.pop_back();
  }
  decimal.whole.erase(0, std::min(decimal.whole.find_first_not_of('0'), decimal.whole.size()));
  return decimal;
}

bool is_zero(const Decimal& decimal) { return decimal.whole.empty() && decimal.fraction.find_first_not_of('0') == std::string::npos; }

void check_numeric(std::string_view text, Bytes field) {
  Decimal meant = decimal_in(text), said = decimal_in(field);
  if (is_zero(meant)) meant.negative = said.negative = false;  // Postgres drops the sign of 0 itself
  require(said == meant, "a numeric's field is the number", text);
}

std::string two(int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string clock(int64_t us) {
  std::string text = two(us / 3'600'000'000) + ":" + two(us / 60'000'000 % 60) + ":" + two(us / 1'000'000 % 60);
  std::string fraction = std::to_string(1'000'000 + us % 1'000'000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + "." + fraction;
}

// Days since 2000, by going year by year in steps of 400 of them.
std::string day(int64_t days, bool& before_christ) {
  int64_t year = 2000 + days / 146'097 * 400;
  days %= 146'097;
  if (days < 0) days += 146'097, year -= 400;
  const auto leap = [](int64_t y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); };
  for (; days >= (leap(year) ? 366 : 365); ++year) days -= leap(year) ? 366 : 365;
  int month = 0;
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto size = [&] { return kDays[month] + (month == 1 && leap(year) ? 1 : 0); };
  for (; days >= size(); ++month) days -= size();
  before_christ = year <= 0;
  std::string digits = std::to_string(year > 0 ? year : 1 - year);
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return digits + "-" + two(month + 1) + "-" + two(days + 1);
}

// A year may have more zeros in front, a fraction more behind.
std::string canonical(std::string_view text) {
  std::string out(text);
  for (const size_t end = out.find('-'); end != out.npos && end > 4 && out.find('-') > 4 && out[0] == '0';) out.erase(0, 1);
  if (const size_t point = out.find('.'); point != out.npos) {
    size_t end = point + 1;
    while (end < out.size() && out[end] >= '0' && out[end] <= '9') ++end;
    size_t last = end;
    while (last > point + 1 && out[last - 1] == '0') --last;
    if (last == point + 1) last = point;
    out.erase(last, end - last);
  }
  if (const size_t zone = out.find("+00"); zone != out.npos) out.erase(zone, 3);
  return out;
}

void check_date(std::string_view text, Bytes field) {
  const auto days = field.number<int32_t>();
  if (days == INT32_MAX || days == INT32_MIN) return require(text == (days > 0 ? "infinity" : "-infinity"), "an infinite date is infinite");
  bool before_christ = false;
  const std::string said = day(days, before_christ);
  require(said + (before_christ ? " BC" : "") == canonical(text), "a date's field is the date", text);
}

void check_time(std::string_view text, Bytes field) {
  require(clock(field.number<int64_t>()) == canonical(text), "a time's field is the time", text);
}

void check_timestamp(std::string_view text, Bytes field) {
  constexpr int64_t kDay = 86'400'000'000;
  const auto us = field.number<int64_t>();
  if (us == INT64_MAX || us == INT64_MIN) return require(text == (us > 0 ? "infinity" : "-infinity"), "an infinite timestamp is infinite");
  const int64_t days = us / kDay - (us % kDay < 0 ? 1 : 0);
  bool before_christ = false;
  const std::string said = day(days, before_christ) + " " + clock(us - days * kDay);
  require(said + (before_christ ? " BC" : "") == canonical(text), "a timestamp's field is the timestamp", text);
}

std::string hexed(std::string_view bytes) {
  std::string digits;
  for (const char b : bytes) {
    digits.push_back("0123456789abcdef"[static_cast<unsigned char>(b) >> 4]);
    digits.push_back("0123456789abcdef"[b & 15]);
  }
  return digits;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

void check_uuid(const std::string& text, Bytes field) {
  std::string digits = text;
  std::erase(digits, '-');
  require(hexed(field.rest()) == lower(digits), "a uuid's field is the uuid", text);
}

void check_field(const std::string& cell, Wire wire) {
  std::string out = "x";
  const bool known = append_field(out, cell, wire);
  require(out.starts_with('x'), "a field is appended");
  out.erase(0, 1);
  if (!known) return require(out.empty(), "where there is no field, nothing is written");
  Bytes field(out);
  const auto size = field.number<int32_t>();
  if (cell == kNullCell) return require(size == -1 && field.rest().empty(), "null is a length of -1");
  require(size >= 0 && field.rest().size() == static_cast<size_t>(size), "a field has the length that it says");
  require(out.size() <= 4 * cell.size() + 2100, "a field is not much longer than its cell");
  const std::string text = unescaped(cell);
  switch (wire) {
    case Wire::none: return require(false, "a type without a binary format has no field");
    case Wire::int2: return check_integer<int16_t>(text, field);
    case Wire::int4: return check_integer<int32_t>(text, field);
    case Wire::int8: return check_integer<int64_t>(text, field);
    case Wire::float4: return check_float<float>(text, field);
    case Wire::float8: return check_float<double>(text, field);
    case Wire::boolean: return require(field.rest() == std::string_view(text.starts_with('t') ? "\1" : "\0", 1), "a boolean's field is the boolean", text);
    case Wire::numeric: return check_numeric(text, field);
    case Wire::text: return require(field.rest() == text, "a text's field is the text", text);
    case Wire::jsonb: return require(field.rest() == "\1" + text, "a jsonb's field is its version and the text", text);
    case Wire::bytea: return require("\\x" + hexed(field.rest()) == lower(text), "a bytea's field is the bytes", text);
    case Wire::uuid: return check_uuid(text, field);
    case Wire::date: return check_date(text, field);
    case Wire::time: return check_time(text, field);
    case Wire::timestamp: return check_timestamp(text, field);
  }
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto wire = static_cast<Wire>(static_cast<unsigned char>(input[0]) % 15);
  input.remove_prefix(1);
  std::vector<Value> values;
  for (;;) {
    const size_t end = input.find('\x1e');
    values.push_back(input.substr(0, end).empty() ? Value() : Value(input.substr(0, end)));
    if (end == input.npos) break;
    input.remove_prefix(end + 1);
  }
  check_text(values);
  for (const Value& value : values) {
    if (!value || value->find('\0') != value->npos) continue;
    std::string cell;
    append_escaped(cell, *value);
    check_field(cell, wire);
    if (*value == "\\N") check_field("\\N", wire);
  }
}

}  // namespace
}  // namespace sluice::debezium

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::debezium::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
