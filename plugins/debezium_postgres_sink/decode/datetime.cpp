#include "debezium_postgres_sink/decode/datetime.h"

#include <algorithm>
#include <charconv>

#include "debezium_postgres_sink/decode/digits.h"
#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kDayUs = 86'400'000'000;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

[[noreturn]] void out_of_range(const char* what) {
  throw RecordError(std::string("a ") + what + " is outside of the range that Postgres holds", "22008");
}

constexpr size_t kLongest = 48;  // of what is written below

char* write_year(char* to, int64_t year) {
  if (year > 9999) return std::to_chars(to, to + 20, year).ptr;
  return write_two(write_two(to, static_cast<uint64_t>(year) / 100), static_cast<uint64_t>(year) % 100);
}

struct Day {
  char* end;
  bool before_christ;  // so that " BC" can follow the time of day
};

// Howard Hinnant's civil_from_days: days since 1970-01-01 to year, month, day of the proleptic Gregorian calendar. Not before kFirstDay.
Day write_day(char* to, int64_t days) {
  constexpr int64_t kEras = 20;  // so that all is above zero
  const auto since = static_cast<uint64_t>(days + 719468 + kEras * 146097);
  const uint64_t era = since / 146097;
  const uint64_t day_of_era = since - era * 146097;
  const uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint64_t shifted_month = (5 * day_of_year + 2) / 153;
  const uint64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const uint64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = static_cast<int64_t>(year_of_era + era * 400 + (month <= 2)) - kEras * 400;
  to = write_year(to, year > 0 ? year : 1 - year);
  *to++ = '-';
  to = write_two(to, month);
  *to++ = '-';
  return {write_two(to, day), year <= 0};
}

char* write_clock(char* to, int64_t microseconds) {
  const auto us = static_cast<uint64_t>(microseconds);
  const uint64_t all_seconds = us / 1'000'000, hours = all_seconds / 3600;
  const auto seconds = static_cast<uint32_t>(all_seconds % 3600);
  to = hours < 100 ? write_two(to, hours) : std::to_chars(to, to + 20, hours).ptr;
  *to++ = ':';
  to = write_two(to, seconds / 60);
  *to++ = ':';
  to = write_two(to, seconds % 60);
  if (const auto fraction = static_cast<uint32_t>(us % 1'000'000); fraction != 0) {
    *to++ = '.';
    to = write_two(write_two(write_two(to, fraction / 10'000), fraction / 100 % 100), fraction % 100);
    while (to[-1] == '0') --to;
  }
  return to;
}

// Appends what `write` writes, which answers its end.
template <class Write>
void append(std::string& out, Write&& write) {
  char text[kLongest];
  out.append(text, static_cast<size_t>(write(text) - text));
}

char* write_bc(char* to) { return std::copy_n(" BC", 3, to); }

// 4714-11-24 BC is the first day of both types; timestamps reach as far as int64 does.
constexpr int64_t kFirstDay = -2440588, kLastDay = 2145042905, kLastYear = 5874897;

[[noreturn]] void not_iso() { throw RecordError("a date or time is not ISO text", "22007"); }

struct IsoParts {
  std::string_view date, time, zone;  // each may be empty; date without its sign
  int64_t year = 0;
};

// yyyy[y..]-mm-dd, hh:mm:ss[.f..], or both with a T between; then Z, +hh, +hh:mm or +hh:mm:ss. Anything else is refused:
// Postgres would read words such as `now` and `yesterday` as dates, too.
IsoParts split_iso(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  const auto take = [&](char c) { return at < text.size() && text[at] == c ? (++at, true) : false; };
  const auto two_after = [&](char c) {
    if (!take(c) || digits() != 2) not_iso();
  };
  const auto rest_of_clock = [&] {
    two_after(':');
    two_after(':');
    if (take('.') && digits() == 0) not_iso();
  };
  IsoParts parts;
  const size_t first = digits();
  if (first >= 4) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + first, parts.year);
    if (error != std::errc() || parts.year > kLastYear) not_iso();
    two_after('-');
    two_after('-');
    parts.date = text.substr(0, at);
    if (take('T')) {
      const size_t from = at;
      if (digits() != 2) not_iso();
      rest_of_clock();
      parts.time = text.substr(from, at - from);
    }
  } else {
    if (first != 2) not_iso();
    rest_of_clock();
    parts.time = text.substr(0, at);
  }
  parts.zone = text.substr(at);
  if (take('Z') || at == text.size()) {
    if (at != text.size()) not_iso();
    return parts;
  }
  if (!take('+') && !take('-')) not_iso();
  if (digits() != 2) not_iso();
  for (int i = 0; i < 2 && at < text.size(); ++i) two_after(':');
  if (at != text.size()) not_iso();
  return parts;
}

void append_finite_timestamp(std::string& out, int64_t us) {
  const int64_t days = floor_div(us, kDayUs);
  if (days < kFirstDay) out_of_range("timestamp");
  append(out, [&](char* to) {
    const Day day = write_day(to, days);
    *day.end = ' ';
    char* const end = write_clock(day.end + 1, us - days * kDayUs);
    return day.before_christ ? write_bc(end) : end;
  });
}

}  // namespace

void append_date(std::string& out, int64_t days) {
  // What 3.3 makes of Postgres's infinities: in the stream through java.time; in snapshots and arrays through java.sql, whose
  // day is one more where the connector's time zone is ahead of UTC.
  if (days == -2147472692 || days == -622191234 || days == -622191233) return void(out.append("infinity"));
  if (days == -2147472691 || days == -625821272 || days == -625821271) return void(out.append("-infinity"));
  if (days < kFirstDay || days > kLastDay) out_of_range("date");
  append(out, [&](char* to) {
    const Day day = write_day(to, days);
    return day.before_christ ? write_bc(day.end) : day.end;
  });
}

void append_time(std::string& out, int64_t us) {
  if (us < 0 || us > kDayUs) out_of_range("time");
  append(out, [&](char* to) { return write_clock(to, us); });
}

void append_timestamp_ms(std::string& out, int64_t ms) {
  if (ms == 9223372036825200) return void(out.append("infinity"));
  if (ms == -9223372036832400) return void(out.append("-infinity"));
  int64_t us = 0;
  if (__builtin_mul_overflow(ms, int64_t{1000}, &us)) out_of_range("timestamp");
  append_finite_timestamp(out, us);
}

void append_timestamp_us(std::string& out, int64_t us) {
  if (us == 9223372036825200000) return void(out.append("infinity"));
  if (us == -9223372036832400000) return void(out.append("-infinity"));
  append_finite_timestamp(out, us);
}

void append_timestamp_ns(std::string& out, int64_t ns) {
  if (ns == INT64_MAX) return void(out.append("infinity"));
  if (ns == INT64_MIN) return void(out.append("-infinity"));
  append_finite_timestamp(out, floor_div(ns, 1000));
}

void append_duration(std::string& out, int64_t us) {
  // Postgres reads hours, minutes and seconds as a positive number that it negates, which this one has not.
  if (us == INT64_MIN) return void(out.append("-9223372036854.775808 seconds"));
  if (us < 0) out.push_back('-'), us = -us;
  append(out, [&](char* to) { return write_clock(to, us); });
}

void append_iso(std::string& out, std::string_view text, Zone zone) {
  if (text == "infinity" || text == "-infinity") return void(out.append(text));
  // Postgres's infinities through java.time, as 3.3 writes them; versions differ in the day.
  for (const std::string_view far : {"-5877611-06-21", "+294247-01-10T04:00:25.2Z", "+292278994-08-1"})
    if (text.starts_with(far)) return void(out.append("infinity"));
  for (const std::string_view far : {"-5877611-06-22", "-290308-12-21T19:59:27.6Z", "+292269055-12-0"})
    if (text.starts_with(far)) return void(out.append("-infinity"));

  // ISO's year 0 is 1 BC; Postgres takes no sign.
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  IsoParts parts = split_iso(text);
  const bool before_christ = !parts.date.empty() && (negative || parts.year == 0);
  if (parts.date.empty() && negative) not_iso();
  if (before_christ) {
    append(out, [&](char* to) { return write_year(to, parts.year + 1); });
    out.append(parts.date.substr(parts.date.size() - 6));
  } else {
    out.append(parts.date);
  }
  if (!parts.date.empty() && !parts.time.empty()) out.push_back(' ');
  out.append(parts.time);
  if (zone == Zone::keep) out.append(parts.zone == "Z" ? "+00" : parts.zone);
  // A column without zone would drop the offset in silence and keep another instant.
  else if (!parts.zone.empty() && parts.zone != "Z") throw RecordError("a date or time without zone is not in UTC", "22007");
  if (before_christ) out.append(" BC");
}

}  // namespace sluice::debezium
