// One value of an event -> the text that the target type's input function reads, by what the event says it means and what the
// target is. Where every type's rule is chosen; the rules themselves stand in files of their own (pure).
#pragma once
#include <string>

#include "debezium_postgres_sink/decode/column_type.h"
#include "debezium_postgres_sink/decode/schema.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

// Not for null, which is no text. Throws RecordError (the value can never be written) or SettingNeeded (it cannot be read
// without one).
void append_input(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings);

}  // namespace sluice::debezium
