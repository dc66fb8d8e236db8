// A cell of COPY's text format -> the field of its binary format that says the same (pure). It spares Postgres the
// parsing of dates and numbers, about a fifth of what a row of plain types costs there.
//
// What a value means was decided when its text was made (input.h). Here only the form of that text is translated, and only the plain
// forms that nearly all values have: a field is what Postgres's own input function would have made of the text, or there is none.
//
// Source of the formats: the COPY reference of PostgreSQL, "Binary Format", and each type's receive function.
#pragma once
#include <string>
#include <string_view>

#include "debezium_postgres_sink/decode/column_type.h"

namespace sluice::debezium {

// What stands before the first row and after the last one.
extern const std::string_view kBinaryHeader, kBinaryTrailer;

// Begins a row of so many fields, which have to follow. At most 1600 of them.
void append_row_head(std::string& out, size_t fields);
constexpr size_t kRowHeadBytes = 2;
void append_null_field(std::string& out);

// Appends the field, its length before it. `cell`: COPY's text, its escapes in it. False, with `out` as it was, where the cell has no
// form that is known here.
bool append_field(std::string& out, std::string_view cell, Wire wire);

}  // namespace sluice::debezium
