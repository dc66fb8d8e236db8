#include "debezium_postgres_sink/time_text.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

// What Debezium's Postgres connector makes of ±infinity: the dates of pgjdbc's sentinels, in each unit.
constexpr int64_t kInfinityMs = 9223372036825200, kMinusInfinityMs = -9223372036832400;
constexpr int64_t kInfinityDays = -2147472692, kMinusInfinityDays = -2147472691;  // wrapped; not swapped
constexpr std::string_view kInfinityIso = "+294247-01-10T04:00:25.2Z", kMinusInfinityIso = "-290308-12-21T19:59:27.6Z";

constexpr int64_t kFirstDay = -2440588, kLastDay = 2145042905;  // date: 4714-11-24 BC to 5874897-12-31
constexpr int64_t kLastTimestampDay = 106751983;                // timestamp: to 294276-12-31

[[noreturn]] void out_of_range(const char* what) {
  throw RecordError(std::string("the ") + what + " lies outside the range of Postgres", "22008");
}
[[noreturn]] void not_iso(const char* what) { throw RecordError(std::string("the text is no ISO ") + what, "22007"); }

struct Floored {
  int64_t quotient, rest;
};
Floored floor_divide(int64_t v, int64_t by) {
  int64_t q = v / by, r = v % by;
  if (r < 0) r += by, --q;
  return {q, r};
}

struct Day {
  int64_t year;
  unsigned month, day;
};
// Days since 1970-01-01 to a date of the proleptic Gregorian calendar, by eras of 400 years (Howard Hinnant's civil_from_days).
Day civil(int64_t days) {
  days += 719468;
  const auto [era, day_of_era_] = floor_divide(days, 146097);
  const auto day_of_era = static_cast<unsigned>(day_of_era_);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned m = (5 * day_of_year + 2) / 153;
  return {era * 400 + year_of_era + (m >= 10), m < 10 ? m + 3 : m - 9, day_of_year - (153 * m + 2) / 5 + 1};
}

// Whether ` BC` has to follow the time.
bool append_day(std::string& out, int64_t days) {
  const Day d = civil(days);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", d.year > 0 ? d.year : 1 - d.year, d.month, d.day);
  return d.year <= 0;
}

void append_clock(std::string& out, int64_t seconds, int64_t micros) {
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (micros) fmt::format_to(std::back_inserter(out), ".{:06}", micros);
}

int64_t per_second(TimeUnit unit) {
  return unit == TimeUnit::milliseconds ? 1'000 : unit == TimeUnit::microseconds ? 1'000'000 : 1'000'000'000;
}
int64_t micros_of(int64_t fraction, TimeUnit unit) {
  return unit == TimeUnit::milliseconds ? fraction * 1000 : unit == TimeUnit::microseconds ? fraction : fraction / 1000;
}

// `[+-]y+-mm-dd`; moves `text` behind it. Postgres knows no signed years: -4711 is 4712 BC.
bool append_iso_day(std::string& out, std::string_view& text, const char* what) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int64_t year = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), year);
  const auto digits = static_cast<size_t>(end - text.data());
  if (error != std::errc() || digits < 4 || text.size() < digits + 6) not_iso(what);
  const std::string_view rest = text.substr(digits, 6);
  for (size_t i = 0; i < 6; ++i)
    if (i % 3 == 0 ? rest[i] != '-' : rest[i] < '0' || rest[i] > '9') not_iso(what);
  const bool bc = negative || year == 0;
  fmt::format_to(std::back_inserter(out), "{:04}{}", bc ? year + 1 : year, rest);
  text.remove_prefix(digits + 6);
  return bc;
}

// `hh:mm:ss[.f+]`, what is left of the text; moves `text` behind it.
void append_iso_clock(std::string& out, std::string_view& text, const char* what) {
  const auto digit = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  for (size_t i = 0; i < 8; ++i)
    if (i % 3 == 2 ? i >= text.size() || text[i] != ':' : !digit(i)) not_iso(what);
  size_t end = 8;
  if (end < text.size() && text[end] == '.') {
    if (!digit(++end)) not_iso(what);
    while (digit(end)) ++end;
  }
  out.append(text.substr(0, end));
  text.remove_prefix(end);
}

}  // namespace

void append_timestamp(std::string& out, int64_t t, TimeUnit unit) {
  const bool ns = unit == TimeUnit::nanoseconds;
  const int64_t scale = per_second(unit) / 1000;
  if (ns ? t == INT64_MAX : t == kInfinityMs * scale) return void(out.append("infinity"));
  if (ns ? t == INT64_MIN : t == kMinusInfinityMs * scale) return void(out.append("-infinity"));
  const auto [seconds, fraction] = floor_divide(t, per_second(unit));  // floor: -1 µs is in 1969
  const auto [days, second] = floor_divide(seconds, 86400);
  if (days < kFirstDay || days > kLastTimestampDay) out_of_range("timestamp");
  const bool bc = append_day(out, days);
  out.push_back(' ');
  append_clock(out, second, micros_of(fraction, unit));
  if (bc) out.append(" BC");
}

void append_date(std::string& out, int64_t days) {
  if (days == kInfinityDays) return void(out.append("infinity"));
  if (days == kMinusInfinityDays) return void(out.append("-infinity"));
  if (days < kFirstDay || days > kLastDay) out_of_range("date");
  if (append_day(out, days)) out.append(" BC");
}

void append_time(std::string& out, int64_t t, TimeUnit unit) {
  const auto [second, fraction] = floor_divide(t, per_second(unit));
  if (t < 0 || second > 86400 || (second == 86400 && fraction)) out_of_range("time of day");
  append_clock(out, second, micros_of(fraction, unit));  // the end of a day is 24:00:00
}

void append_iso_timestamp(std::string& out, std::string_view iso, Sentinels sentinels, bool with_zone) {
  if (iso == "infinity" || iso == "-infinity") return void(out.append(iso));
  if (sentinels == Sentinels::as_infinity && iso == kInfinityIso) return void(out.append("infinity"));
  if (sentinels == Sentinels::as_infinity && iso == kMinusInfinityIso) return void(out.append("-infinity"));
  std::string text;
  const bool bc = append_iso_day(text, iso, "timestamp");
  if (!iso.starts_with('T')) not_iso("timestamp");
  iso.remove_prefix(1);
  text.push_back(' ');
  append_iso_clock(text, iso, "timestamp");
  // A column without zone would silently drop any other zone than UTC, which is the only one that Debezium sends.
  if (!iso.empty() && iso != "Z") not_iso("timestamp in UTC");
  out.append(text);
  if (with_zone) out.append("+00");
  if (bc) out.append(" BC");
}

void append_iso_date(std::string& out, std::string_view iso) {
  // The day varies with Debezium's version and mode; no date of Postgres lies anywhere near.
  if (iso == "infinity" || iso.starts_with("-5877611-06-21") || iso.starts_with("+292278994-08-1")) return void(out.append("infinity"));
  if (iso == "-infinity" || iso.starts_with("-5877611-06-22") || iso.starts_with("+292269055-12-0")) return void(out.append("-infinity"));
  std::string text;
  const bool bc = append_iso_day(text, iso, "date");
  if (!iso.empty() && iso != "Z") not_iso("date");
  out.append(text);
  if (bc) out.append(" BC");
}

void append_iso_time(std::string& out, std::string_view iso) {
  std::string text;
  append_iso_clock(text, iso, "time");
  if (!iso.empty() && iso != "Z") not_iso("time in UTC");
  out.append(text);
}

}  // namespace sluice::debezium
