#include "debezium_postgres_sink/decode/structured.h"

#include "debezium_postgres_sink/decode/reading.h"

namespace sluice::debezium {
namespace {

// A part that is null or absent is 0: durations leave out what they do not have.
int64_t part(Json value, const char* name, int64_t low, int64_t high) {
  const Json found = value.find(name);
  if (!found.exists() || found.is_null()) return 0;
  const int64_t number = integer_of(found, "a part of a date or time");
  if (number < low || number > high) refuse("a part of a date or time is out of its range", "22008");
  return number;
}

bool has(Json value, const char* name) { return value.find(name).is(Json::Kind::number); }

void append_two(std::string& out, int64_t number) {
  out.push_back(static_cast<char>('0' + number / 10));
  out.push_back(static_cast<char>('0' + number % 10));
}

// In picoseconds, of which 3.7 has two spellings. Postgres itself rounds what is finer than it can hold.
int64_t fraction_of(Json value, int64_t sign) {
  constexpr int64_t kMax = 999'999'999'999;
  const int64_t sum = part(value, "nanos", sign * 999'999'999, 999'999'999) * 1000 + part(value, "picoseconds", sign * kMax, kMax);
  if (sum < sign * kMax || sum > kMax) refuse("the parts of a second are more than a second", "22008");
  return sum;
}

void append_fraction(std::string& out, int64_t picoseconds) {
  if (picoseconds == 0) return;
  std::string digits = std::to_string(picoseconds);
  digits.insert(0, 12 - digits.size(), '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  out.append(".").append(digits);
}

void append_offset(std::string& out, Json value, Zone zone) {
  const Json name = value.find("zoneId");
  if (!has(value, "offsetSeconds") && name.is_string() && name.text() != "Z" && name.text() != "UTC")
    refuse("a time has a zone without its offset", "22007");
  const int64_t seconds = part(value, "offsetSeconds", -64800, 64800);
  if (zone == Zone::drop) {
    if (seconds != 0) refuse("a date or time without zone is not in UTC", "22007");
    return;
  }
  const int64_t size = seconds < 0 ? -seconds : seconds;
  out.push_back(seconds < 0 ? '-' : '+');
  append_two(out, size / 3600);
  if (size % 3600 == 0) return;
  out.push_back(':');
  append_two(out, size / 60 % 60);
  if (size % 60 == 0) return;
  out.push_back(':');
  append_two(out, size % 60);
}

}  // namespace

void append_structured_time(std::string& out, Json value, Zone zone) {
  if (const Json special = value.find("specialValue"); special.is_string()) {
    if (special.text() == "POSITIVE_INFINITY") return void(out.append("infinity"));
    if (special.text() == "NEGATIVE_INFINITY") return void(out.append("-infinity"));
    refuse("a date or time is a special value that is not known", "22007");
  }
  const bool date = has(value, "year"), clock = has(value, "hour");
  if (!date && !clock) refuse("a structured date or time has neither year nor hour", "22007");
  const int64_t year = part(value, "year", -4713, 5874897);
  if (date) {
    const std::string digits = std::to_string(year > 0 ? year : 1 - year);
    out.append(digits.size() < 4 ? 4 - digits.size() : 0, '0').append(digits).push_back('-');
    append_two(out, part(value, "month", 1, 12));
    out.push_back('-');
    append_two(out, part(value, "day", 1, 31));
  }
  if (clock) {
    if (date) out.push_back(' ');
    append_two(out, part(value, "hour", 0, 24));
    out.push_back(':');
    append_two(out, part(value, "minute", 0, 59));
    out.push_back(':');
    append_two(out, part(value, "second", 0, 59));
    append_fraction(out, fraction_of(value, 0));
    append_offset(out, value, zone);
  }
  if (date && year <= 0) out.append(" BC");
}

void append_structured_duration(std::string& out, Json value) {
  constexpr int64_t kInt = INT32_MAX, kLong = INT64_MAX / 1'000'000;  // so that microseconds fit in 128 bits with room
  for (const char* name : {"years", "months", "days"})
    if (const int64_t number = part(value, name, -kInt - 1, kInt); number != 0)
      out.append(std::to_string(number)).append(" ").append(name).append(" ");
  const __int128 seconds = static_cast<__int128>(part(value, "hours", -kInt - 1, kInt)) * 3600 +
                           static_cast<__int128>(part(value, "minutes", -kInt - 1, kInt)) * 60 + part(value, "seconds", -kLong, kLong);
  const __int128 us = seconds * 1'000'000 + fraction_of(value, -1) / 1'000'000;
  if (us > INT64_MAX || us < INT64_MIN) refuse("an interval is outside of the range that Postgres holds", "22008");
  append_duration(out, static_cast<int64_t>(us));
}

}  // namespace sluice::debezium
