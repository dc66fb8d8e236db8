// Debezium's dates and times -> the text that Postgres's input functions read exactly (pure). Proleptic Gregorian calendar,
// UTC, never a zone shift. Infinity arrives as sentinel numbers and dates; those are told here.
// All functions append to `out`, or throw RecordError and leave it alone.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::debezium {

enum class TimeUnit { milliseconds, microseconds, nanoseconds };

void append_timestamp(std::string& out, int64_t since_epoch, TimeUnit);
void append_date(std::string& out, int64_t days_since_epoch);
void append_time(std::string& out, int64_t since_midnight, TimeUnit);

// ISO text of Debezium's isostring mode and of ZonedTimestamp: signed years, `T`, a `Z` at the end.
enum class Sentinels { as_infinity, as_dates };  // IsoTimestamp and IsoDate know no other infinity; ZonedTimestamp has the word
void append_iso_timestamp(std::string& out, std::string_view iso, Sentinels, bool with_zone);
void append_iso_date(std::string& out, std::string_view iso);
void append_iso_time(std::string& out, std::string_view iso);

}  // namespace sluice::debezium
