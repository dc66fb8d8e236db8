// Numbers, dates and times by themselves, each against a reader of our own that goes the other way: the text that a value became,
// read as Postgres's documentation has it, is the value again.
//
// An input is a byte that chooses the conversion, and what is converted: for decimals three bytes of scale and the number's bytes; for
// dates and times eight bytes; else text.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "debezium_postgres_sink/decode/base64.h"
#include "debezium_postgres_sink/decode/datetime.h"
#include "debezium_postgres_sink/decode/decimal.h"
#include "debezium_postgres_sink/decode/number.h"
#include "debezium_postgres_sink/record_error.h"
#include "fuzz/claim.h"

namespace sluice::debezium {
namespace {

using fuzz::require;
using fuzz::require_sentence;

// ---- decimals --------------------------------------------------------------------------------------------------------

bool are_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Two's complement, big-endian, as short as it can be: what BigInteger.toByteArray() writes.
std::string bytes_of(std::string_view digits, bool negative) {
  std::string magnitude(1, '\0');  // least significant first
  for (const char digit : digits) {
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (char& byte : magnitude) {
      carry += static_cast<unsigned char>(byte) * 10u;
      byte = static_cast<char>(carry & 0xFF);
      carry >>= 8;
    }
    if (carry != 0) magnitude.push_back(static_cast<char>(carry));
  }
  if (negative) {
    unsigned carry = 1;
    for (char& byte : magnitude) {
      carry += static_cast<unsigned char>(~byte);
      byte = static_cast<char>(carry & 0xFF);
      carry >>= 8;
    }
  }
  const char sign = negative ? '\xFF' : '\0';
  if (((magnitude.back() ^ sign) & 0x80) != 0) magnitude.push_back(sign);
  while (magnitude.size() > 1 && magnitude.back() == sign && ((magnitude[magnitude.size() - 2] ^ sign) & 0x80) == 0) magnitude.pop_back();
  std::ranges::reverse(magnitude);
  return magnitude;
}

std::string shortest(std::string bytes) {
  while (bytes.size() > 1 && ((bytes[0] == '\0' && (bytes[1] & 0x80) == 0) || (bytes[0] == '\xFF' && (bytes[1] & 0x80) != 0))) bytes.erase(0, 1);
  return bytes;
}

void check_decimal(std::string_view input) {
  if (input.size() < 3) return;
  const auto at = [&](size_t i) { return static_cast<unsigned char>(input[i]); };
  // As often within the bounds as beyond them.
  const int wide = static_cast<int>(at(1) << 8 | at(2)) - 32768, scale = at(0) % 4 == 0 ? wide * 8 : at(0) % 4 == 1 ? wide : wide % 40;
  const std::string bytes(input.substr(3)), base64 = encode_base64(bytes);
  std::string again;
  require(decode_base64(base64, again) && again == bytes, "base64 reads back");
  std::string out = "x";
  const bool sound = append_decimal(out, base64, scale);
  require(out.starts_with('x'), "a decimal is appended");
  out.erase(0, 1);
  if (!sound) {
    require(out.empty(), "what is no decimal leaves nothing");
    require(bytes.empty() || scale < kScaleMin || scale > kScaleMax || bytes.size() > 6000, "a sound decimal is taken");
    return;
  }
  std::string_view text = out;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t point = text.find('.');
  const size_t fraction = point == text.npos ? 0 : text.size() - point - 1;
  require(fraction == static_cast<size_t>(std::max(scale, 0)), "a decimal has as many digits after the point as its scale says", out);
  std::string digits(text.substr(0, point));
  require(!digits.empty() && (digits == "0" || digits[0] != '0'), "a decimal has no zeros in front", out);
  if (point != text.npos) digits += text.substr(point + 1);
  require(are_digits(digits), "a decimal is made of digits", out);
  if (scale < 0 && digits != "0") {
    const auto zeros = static_cast<size_t>(-scale);
    require(digits.size() > zeros && digits.find_first_not_of('0', digits.size() - zeros) == digits.npos, "a scale below 0 is zeros", out);
    digits.resize(digits.size() - zeros);
  }
  require(!negative || digits.find_first_not_of('0') != digits.npos, "0 has no sign", out);
  require(bytes_of(digits, negative) == shortest(bytes), "a decimal reads back", out);
}

// A number's text as sign, digits without zeros at either end, and the power of ten of the last one.
struct Number {
  bool negative = false;
  std::string digits;
  int64_t power = 0;
  bool operator==(const Number&) const = default;
};

std::optional<Number> number_in(std::string_view text) {
  Number number;
  if (text.starts_with('-') || text.starts_with('+')) {
    number.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  bool point = false;
  size_t at = 0, digits = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point) {
      point = true;
    } else if (are_digits(text.substr(at, 1))) {
      number.digits.push_back(text[at]);
      ++digits;
      if (point) --number.power;
    } else {
      break;
    }
  }
  if (digits == 0) return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    std::string_view exponent = text.substr(at + 1);
    const bool down = exponent.starts_with('-');
    if (down || exponent.starts_with('+')) exponent.remove_prefix(1);
    if (exponent.empty() || !are_digits(exponent)) return std::nullopt;
    int64_t power = 0;
    for (const char c : exponent) power = std::min<int64_t>(power * 10 + (c - '0'), 1'000'000'000);
    number.power += down ? -power : power;
  }
  number.digits.erase(0, number.digits.find_first_not_of('0') == std::string::npos ? number.digits.size() : number.digits.find_first_not_of('0'));
  while (number.digits.ends_with('0')) number.digits.pop_back(), ++number.power;
  if (number.digits.empty()) return Number{};
  return number;
}

void check_number_text(std::string_view text) {
  const auto meant = number_in(text);
  require(is_decimal_text(text) == meant.has_value(), "what is a decimal's text");
  const auto plain = plain_decimal(text), whole = integral_text(text);
  require(!plain || meant, "only a number has a plain form");
  require(!whole || meant, "only a number is a whole one");
  if (plain) {
    require(plain->find_first_of("eE") == plain->npos && plain->size() <= text.size() + 1003, "a plain number has no exponent and is not much longer");
    require(number_in(*plain) == meant, "a plain number is the same number", *plain);
  }
  if (whole) {
    require(whole->size() <= 41 && whole->find('.') == whole->npos, "a whole number has no point", *whole);
    require(number_in(*whole) == meant, "a whole number is the same number", *whole);
  }
  if (const auto parsed = parse_integer(text)) require(std::to_string(*parsed) == text || text.starts_with("-0") || text.starts_with('0'), "an integer reads back");
  std::string bytes;
  if (decode_base64(text, bytes)) require(encode_base64(bytes) == text, "base64 that is taken is what would have been written");
  else require(bytes.empty(), "what is no base64 leaves nothing");
  for (const TypeKind kind : {TypeKind::numeric, TypeKind::money, TypeKind::integer, TypeKind::real}) {
    const ColumnType type{kind, 2, {}, "numeric(10,2)"};
    for (const DecimalMode mode : {DecimalMode::unset, DecimalMode::precise, DecimalMode::string, DecimalMode::number}) try {
        std::string out;
        append_number_text(out, text, type, mode);
        require(out.size() <= 3 * text.size() + 1100, "a number's text is not much longer than what it came from");
      } catch (const RecordError& e) {
        require_sentence(e.what());
      } catch (const SettingNeeded& e) {
        require_sentence(e.what());
      }
  }
}

// ---- dates and times --------------------------------------------------------------------------------------------------

// Reads what the product wrote, in Postgres's ISO form, from its front. Days are counted one by one over years, not by the formula
// that wrote them.
class Clock {
 public:
  explicit Clock(std::string_view text) : text_(text) {}

  int64_t digits() {
    require(!text_.empty() && are_digits(text_.substr(0, 1)), "a date or time has a digit here", text_);
    int64_t number = 0;
    for (; !text_.empty() && are_digits(text_.substr(0, 1)); text_.remove_prefix(1)) number = number * 10 + (text_[0] - '0');
    return number;
  }
  bool take(std::string_view what) { return text_.starts_with(what) && (text_.remove_prefix(what.size()), true); }
  void need(std::string_view what) { require(take(what), "a date or time goes on so", what); }
  bool done() const { return text_.empty(); }

  int64_t day_time() {  // in microseconds
    const int64_t hours = digits();
    need(":");
    const int64_t minutes = digits();
    need(":");
    const int64_t seconds = digits();
    require(minutes < 60 && seconds < 60, "a clock has minutes and seconds below 60");
    int64_t fraction = 0;
    if (take(".")) {
      const size_t before = text_.size();
      fraction = digits();
      const size_t size = before - text_.size();
      require(size <= 6, "a fraction has at most six digits");
      for (size_t i = size; i < 6; ++i) fraction *= 10;
    }
    return ((hours * 60 + minutes) * 60 + seconds) * 1'000'000 + fraction;
  }

  struct Date {
    int64_t year, month, day;
  };
  Date date() {
    const int64_t year = digits();
    need("-");
    const int64_t month = digits();
    need("-");
    return {year, month, digits()};
  }

 private:
  std::string_view text_;
};

bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t days_before_year(int64_t year) {  // since 0000-01-01
  const auto count = [](int64_t past, int64_t step) { return past >= 0 ? (past + step - 1) / step : past / step; };
  return 365 * year + count(year, 4) - count(year, 100) + count(year, 400);
}

int64_t days_of(Clock::Date date, bool before_christ) {
  static constexpr int kMonths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int64_t year = before_christ ? 1 - date.year : date.year;
  require(date.year >= 1, "Postgres has no year 0");
  require(date.month >= 1 && date.month <= 12, "a month is one of twelve");
  int64_t days = days_before_year(year);
  for (int64_t month = 1; month < date.month; ++month) days += kMonths[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
  const int64_t last = kMonths[date.month - 1] + (date.month == 2 && is_leap(year) ? 1 : 0);
  require(date.day >= 1 && date.day <= last, "a day is one of its month");
  return days + date.day - 1 - days_before_year(1970);
}

bool is_infinity(std::string_view text) { return text == "infinity" || text == "-infinity"; }

template <class Write>
std::optional<std::string> written(Write&& write) {
  try {
    std::string out;
    write(out);
    require(out.size() <= 64, "a date or time is short", out);
    return out;
  } catch (const RecordError& e) {
    require_sentence(e.what());
    return std::nullopt;
  }
}

int64_t floor_div(int64_t number, int64_t by) { return number / by - (number % by < 0 ? 1 : 0); }

void check_times(int64_t number) {
  constexpr int64_t kDay = 86'400'000'000;
  if (const auto text = written([&](std::string& out) { append_date(out, number); }); text && !is_infinity(*text)) {
    Clock clock(*text);
    const auto date = clock.date();
    require(days_of(date, clock.take(" BC")) == number && clock.done(), "a date reads back", *text);
  }
  if (const auto text = written([&](std::string& out) { append_time(out, number); })) {
    Clock clock(*text);
    require(clock.day_time() == number && clock.done() && number <= kDay, "a time reads back", *text);
  }
  if (const auto text = written([&](std::string& out) { append_duration(out, number); }); text && number != INT64_MIN) {
    Clock clock(*text);
    const bool negative = clock.take("-");
    const int64_t size = clock.day_time();
    require((negative ? -size : size) == number && clock.done(), "a duration reads back", *text);
  }
  const auto timestamp = [&](const std::optional<std::string>& text, int64_t us) {
    if (!text || is_infinity(*text)) return;
    Clock clock(*text);
    const auto date = clock.date();
    clock.need(" ");
    const int64_t time = clock.day_time();
    require(time < kDay, "a timestamp's time is less than a day");
    __int128 all = days_of(date, clock.take(" BC"));
    all = all * kDay + time;
    require(all == us && clock.done(), "a timestamp reads back", *text);
  };
  int64_t us = 0;
  if (!__builtin_mul_overflow(number, int64_t{1000}, &us)) timestamp(written([&](std::string& out) { append_timestamp_ms(out, number); }), us);
  timestamp(written([&](std::string& out) { append_timestamp_us(out, number); }), number);
  timestamp(written([&](std::string& out) { append_timestamp_ns(out, number); }), floor_div(number, 1000));
}

void check_iso(std::string_view text) {
  for (const Zone zone : {Zone::keep, Zone::drop}) try {
      std::string out;
      append_iso(out, text, zone);
      if (is_infinity(out)) continue;
      require(out.size() <= text.size() + 8, "an ISO text hardly grows", out);
      require(out.find_first_not_of("0123456789-+:. BC") == out.npos, "an ISO text becomes a date or time and no word", out);
      if (zone == Zone::drop) require(out.find('+') == out.npos, "without a zone there is no offset", out);
    } catch (const RecordError& e) {
      require_sentence(e.what());
    }
}

void run(std::string_view input) {
  if (input.empty()) return;
  const char what = input[0];
  input.remove_prefix(1);
  switch (static_cast<unsigned char>(what) % 4) {
    case 0: return check_decimal(input);
    case 1: return check_number_text(input);
    case 2: return check_iso(input);
    default: {
      int64_t number = 0;
      std::memcpy(&number, input.data(), std::min(input.size(), sizeof number));
      check_times(number);
    }
  }
}

}  // namespace
}  // namespace sluice::debezium

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::debezium::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
