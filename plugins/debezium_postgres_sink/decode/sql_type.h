// The type of a column that is made for a field of an event (auto.create, unknown.columns: add). Pure.
#pragma once
#include <string>

#include "debezium_postgres_sink/decode/schema.h"

namespace sluice::debezium {

// A type that holds each value of the field exactly as it arrives. The source's own type is taken where the source propagates it
// (column.propagate.source.type) and it fits what the schema says. Throws RecordError where the schema names no type at all.
std::string sql_type_of(const Schema& field);

}  // namespace sluice::debezium
