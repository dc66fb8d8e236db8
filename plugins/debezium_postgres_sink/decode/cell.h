// One value of an event -> one cell of Postgres's COPY text format. Exact or refused, never approximate (pure).
#pragma once
#include <string>
#include <string_view>

#include "debezium_postgres_sink/decode/column_type.h"
#include "debezium_postgres_sink/decode/schema.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

// Appends the cell. Throws RecordError (the value can never be written) or SettingNeeded (it cannot be read without one).
void append_cell(std::string& out, Json value, const Schema* schema, const ColumnType& type, const ValueSettings& settings);

// Throws SettingNeeded where values of a column could not be told without schemas, whatever they are: asked at start, where
// events bring no schemas.
void check_decidable(const ColumnType& type, const std::string& column, const ValueSettings& settings);

constexpr std::string_view kNullCell = "\\N";
// Text that is already what Postgres's input function reads, with COPY's escapes put in.
void append_escaped(std::string& out, std::string_view text);
// The text of a cell that is not NULL. False where it has escapes that the functions above do not write; then part of it was appended.
bool append_unescaped(std::string& out, std::string_view cell);

}  // namespace sluice::debezium
