// Debezium's numbers and ISO texts for dates and times -> what Postgres reads (pure). All is UTC wall clock in the proleptic
// Gregorian calendar; nothing is ever shifted by a zone. Years before 1 are written with ` BC`.
//
// Source of the rules: Debezium's PostgreSQL connector, "temporal types", and what it was seen to send for infinity. A value
// outside of what Postgres holds throws RecordError with code 22008.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::debezium {

void append_date(std::string& out, int64_t days_since_1970);
void append_time(std::string& out, int64_t microseconds);  // 0 .. 86400000000, which is 24:00:00
void append_duration(std::string& out, int64_t microseconds);  // "10303:05:06.789": hours without end, so that it is exact

// Each unit has infinities of its own, since Debezium converts Postgres's to a number of that unit.
void append_timestamp_ms(std::string& out, int64_t milliseconds_since_1970);
void append_timestamp_us(std::string& out, int64_t microseconds_since_1970);
void append_timestamp_ns(std::string& out, int64_t nanoseconds_since_1970);

enum class Zone { drop, keep };  // drop: the target has none, and `Z` is all that Debezium writes for it
// "2024-01-01T00:00:00.5Z", "-4711-01-01Z", "+294247-01-10T04:00:25.2Z" (infinity) and "infinity", in Postgres's own form:
// "2024-01-01 00:00:00.5+00".
void append_iso(std::string& out, std::string_view text, Zone zone);

}  // namespace sluice::debezium
