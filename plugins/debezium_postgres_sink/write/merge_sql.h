// What is staged for a current table -> the statements that bring it in (pure).
//
// Rows are copied into a temporary table of the target's types first: one COPY, whatever becomes of them. Then one statement
// removes, one marks, and one upserts each group of rows that have the same columns. Within one statement a row is touched
// once, since keys were folded; rows are taken in the order of their keys.
#pragma once
#include <string>
#include <vector>

#include "debezium_postgres_sink/map/current_rows.h"

namespace sluice::debezium {

// The temporary table for a target (stages.h); `name` is its own.
std::string create_stage(const std::string& name, const Table& table);
std::string copy_into_stage(const std::string& name, const Merge& merge);

struct MergeStatement {
  std::string sql;
  bool counts_inserted = false;  // answers how many rows were made whose unchanged large values are nowhere: one bigint
};
std::vector<MergeStatement> merge_statements(const std::string& stage, const Table& table, const Merge& merge);

}  // namespace sluice::debezium
