// Dates, times and intervals as structs of their parts (Debezium 3.7, time.precision.mode and interval.handling.mode
// `structured`). Pure.
#pragma once
#include <string>

#include "debezium_postgres_sink/decode/datetime.h"
#include "debezium_postgres_sink/decode/json.h"

namespace sluice::debezium {

// Whatever of a date, a time of day and an offset the struct has.
void append_structured_time(std::string& out, Json value, Zone zone);
void append_structured_duration(std::string& out, Json value);

}  // namespace sluice::debezium
