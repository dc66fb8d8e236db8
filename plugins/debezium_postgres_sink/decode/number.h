// Numbers of an event -> what the input functions of numeric, money, integers and floats read (pure).
#pragma once
#include <string>

#include "debezium_postgres_sink/decode/column_type.h"
#include "debezium_postgres_sink/decode/json.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

bool holds_numbers(TypeKind kind);

// A JSON number as the target reads it.
void append_number(std::string& out, std::string_view token, const ColumnType& type);
// A number in a text that its schema calls a text (decimal.handling.mode=string), or one of the words for NaN and infinity.
void append_number_text(std::string& out, std::string_view text, const ColumnType& type);
// The same without a schema: it may be base64 as well. Throws SettingNeeded where that cannot be told.
void append_number_text(std::string& out, std::string_view text, const ColumnType& type, DecimalMode mode);

void append_decimal_bytes(std::string& out, Json value, int scale);  // Connect's Decimal
void append_variable_decimal(std::string& out, Json value);          // Debezium's VariableScaleDecimal

}  // namespace sluice::debezium
