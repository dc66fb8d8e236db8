// Arrays, and pgvector's vectors, which are written alike (pure).
#pragma once
#include <string>

#include "debezium_postgres_sink/decode/column_type.h"
#include "debezium_postgres_sink/decode/schema.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

// An array literal: each element by its own rule. `element`: of the target, `schema`: of the elements, where there is one.
void append_array(std::string& out, Json value, const Schema* schema, const ColumnType& element, const ValueSettings& settings);

void append_vector(std::string& out, Json value);         // [1,2.5]
void append_sparse_vector(std::string& out, Json value);  // {1:0.5,3:2}/5

}  // namespace sluice::debezium
