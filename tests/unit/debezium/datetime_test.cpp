#include "debezium_postgres_sink/decode/datetime.h"

#include <limits>

#include "fixture.h"

using namespace sluice::debezium;

namespace {

struct NumberCase { int64_t number; std::string text; };
constexpr int64_t kMax = std::numeric_limits<int64_t>::max(), kMin = std::numeric_limits<int64_t>::min();

template <size_t N>
void check_each(void (*append)(std::string&, int64_t), const NumberCase (&cases)[N]) {
  for (const NumberCase& c : cases) {
    CAPTURE(c.number);
    CHECK(outcome([&](std::string& out) { append(out, c.number); }) == c.text);
  }
}

}  // namespace

TEST_CASE("datetime: C13, C13b, days become dates from 4714 BC to 5874897, and Debezium's two infinities are not swapped") {
  const NumberCase cases[] = {
      {0, "1970-01-01"}, {-1, "1969-12-31"}, {19782, "2024-02-29"}, {11016, "2000-02-29"}, {-25508, "1900-03-01"}, {-25509, "1900-02-28"},
      {-141427, "1582-10-15"}, {-141428, "1582-10-14"},  // no gap: the calendar is proleptic
      {2932896, "9999-12-31"}, {2932897, "10000-01-01"}, {-719162, "0001-01-01"}, {-719163, "0001-12-31 BC"}, {-719528, "0001-01-01 BC"},
      {-719529, "0002-12-31 BC"}, {-2440588, "4714-11-24 BC"}, {2145042905, "5874897-12-31"},
      {-2147472692, "infinity"}, {-2147472691, "-infinity"},
      {-622191234, "infinity"}, {-625821272, "-infinity"}, {-622191233, "infinity"}, {-625821271, "-infinity"},  // of snapshots
      {-2440589, "!22008"}, {2145042906, "!22008"}, {-2147472690, "!22008"}, {-2147472693, "!22008"}, {kMax, "!22008"}, {kMin, "!22008"},
  };
  check_each(append_date, cases);
}

TEST_CASE("datetime: C12, a time of day reaches from midnight to 24:00:00, both included") {
  const NumberCase cases[] = {
      {0, "00:00:00"}, {1, "00:00:00.000001"}, {123000, "00:00:00.123"}, {86399999999, "23:59:59.999999"}, {86400000000, "24:00:00"},
      {45296000000, "12:34:56"}, {-1, "!22008"}, {86400000001, "!22008"}, {kMax, "!22008"}, {kMin, "!22008"},
  };
  check_each(append_time, cases);
}

TEST_CASE("datetime: C13c, C13d, microseconds become UTC wall clock to the microsecond, before 1970 and before Christ too") {
  const NumberCase cases[] = {
      {0, "1970-01-01 00:00:00"}, {-1, "1969-12-31 23:59:59.999999"}, {1704067200500000, "2024-01-01 00:00:00.5"},
      {1711852200000000, "2024-03-31 02:30:00"},  // not an hour of Europe's clocks, but one of the wall's
      {-62135596800000000, "0001-01-01 00:00:00"}, {-62135596800000001, "0001-12-31 23:59:59.999999 BC"},
      {-210831897600000000, "4712-01-01 00:00:00 BC"}, {-210831897600000001, "4713-12-31 23:59:59.999999 BC"},
      {-210866803200000000, "4714-11-24 00:00:00 BC"}, {253402300799999999, "9999-12-31 23:59:59.999999"},
      {601060287090123456, "21016-11-04 06:51:30.123456"}, {9223371331199999999, "294247-01-01 23:59:59.999999"},
      {kMax, "294247-01-10 04:00:54.775807"},
      {9223372036825200000, "infinity"}, {-9223372036832400000, "-infinity"},
      {-210866803200000001, "!22008"}, {-9223372036853775810, "!22008"}, {-9223372036832400001, "!22008"}, {kMin, "!22008"},
  };
  check_each(append_timestamp_us, cases);
}

TEST_CASE("datetime: milliseconds have infinities of their own, and what microseconds cannot hold is refused") {
  const NumberCase cases[] = {
      {0, "1970-01-01 00:00:00"}, {-1, "1969-12-31 23:59:59.999"}, {1704067200500, "2024-01-01 00:00:00.5"},
      {-210866803200000, "4714-11-24 00:00:00 BC"}, {9223372036854775, "294247-01-10 04:00:54.775"},
      {9223372036825200, "infinity"}, {-9223372036832400, "-infinity"},
      {-210866803200001, "!22008"}, {9223372036854776, "!22008"}, {kMax, "!22008"}, {kMin, "!22008"},
  };
  check_each(append_timestamp_ms, cases);
}

TEST_CASE("datetime: nanoseconds are rounded down, before 1970 too") {
  const NumberCase cases[] = {
      {0, "1970-01-01 00:00:00"}, {999, "1970-01-01 00:00:00"}, {1000, "1970-01-01 00:00:00.000001"}, {-1, "1969-12-31 23:59:59.999999"},
      {-1000, "1969-12-31 23:59:59.999999"}, {-1001, "1969-12-31 23:59:59.999998"}, {kMax, "infinity"}, {kMin, "-infinity"},
      {kMax - 1, "2262-04-11 23:47:16.854775"}, {kMin + 1, "1677-09-21 00:12:43.145224"},
  };
  check_each(append_timestamp_ns, cases);
}

TEST_CASE("datetime: ISO texts lose their Z and their signed years, and far ones are infinity") {
  struct Case { std::string text; Zone zone; std::string result; };
  const Case cases[] = {
      {"2024-01-01T00:00:00.5Z", Zone::drop, "2024-01-01 00:00:00.5"}, {"2024-01-01T00:00:00.5Z", Zone::keep, "2024-01-01 00:00:00.5+00"},
      {"2024-02-29T18:29:59.999999Z", Zone::keep, "2024-02-29 18:29:59.999999+00"}, {"2024-02-29T18:29:59.999999", Zone::drop, "2024-02-29 18:29:59.999999"},
      {"0001-01-01Z", Zone::drop, "0001-01-01"}, {"00:00:00.123Z", Zone::drop, "00:00:00.123"}, {"24:00:00Z", Zone::drop, "24:00:00"},
      {"10:00:00Z", Zone::keep, "10:00:00+00"},
      {"+21016-11-04T06:51:30.123456Z", Zone::keep, "21016-11-04 06:51:30.123456+00"},
      {"+294247-01-01T23:59:59.999999Z", Zone::drop, "294247-01-01 23:59:59.999999"},
      {"-4711-01-01T00:00:00Z", Zone::drop, "4712-01-01 00:00:00 BC"}, {"-4713-12-31T23:59:59.999999Z", Zone::keep, "4714-12-31 23:59:59.999999+00 BC"},
      {"0000-12-31T23:59:59.999999Z", Zone::drop, "0001-12-31 23:59:59.999999 BC"}, {"-0001-01-01Z", Zone::drop, "0002-01-01 BC"},
      {"infinity", Zone::keep, "infinity"}, {"-infinity", Zone::keep, "-infinity"}, {"infinity", Zone::drop, "infinity"},
      {"-5877611-06-21Z", Zone::drop, "infinity"}, {"-5877611-06-22Z", Zone::drop, "-infinity"},
      {"+292278994-08-17Z", Zone::drop, "infinity"}, {"+292269055-12-02Z", Zone::drop, "-infinity"},
      {"+294247-01-10T04:00:25.2Z", Zone::drop, "infinity"}, {"-290308-12-21T19:59:27.6Z", Zone::drop, "-infinity"},
      {"2024-01-01T10:00:00+05:30", Zone::keep, "2024-01-01 10:00:00+05:30"}, {"10:00:00-12", Zone::keep, "10:00:00-12"},
      {"2024-01-01T10:00:00+05:30", Zone::drop, "!22007"},  // the column has no zone: another instant
      {"now", Zone::drop, "!22007"}, {"yesterday", Zone::keep, "!22007"}, {"", Zone::drop, "!22007"}, {"2024-1-1", Zone::drop, "!22007"},
      {"2024-01-01 10:00:00", Zone::drop, "!22007"}, {"10:00", Zone::drop, "!22007"}, {"10:00:00.", Zone::drop, "!22007"},
      {"2024-01-01T10:00:00Zulu", Zone::keep, "!22007"}, {"2024-01-01T10:00:00+5", Zone::keep, "!22007"},
      {"2024-01-01T", Zone::drop, "!22007"}, {"-10:00:00Z", Zone::drop, "!22007"},
      {"-", Zone::drop, "!22007"}, {"-x", Zone::drop, "!22007"}, {"--5-01-01Z", Zone::drop, "!22007"},
      {"-9223372036854775807-01-01Z", Zone::drop, "!22007"}, {"-99999999999999999999-01-01Z", Zone::drop, "!22007"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(outcome([&](std::string& out) { append_iso(out, c.text, c.zone); }) == c.result);
  }
}
