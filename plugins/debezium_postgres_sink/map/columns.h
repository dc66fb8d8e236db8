// What a target column may be filled from: a field of the row's image, or one of the metadata sources, written with an @.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/decode/cell.h"

namespace sluice::debezium {

enum class Meta { op, operation, source_ts, ts, lsn, txid, topic, partition, offset, now };

std::optional<Meta> meta_of(std::string_view source);  // "@source.ts"
std::string meta_names();                              // all of them, for messages

struct TargetColumn {
  std::string name;
  ColumnType type;
  bool generated = false;  // GENERATED ALWAYS AS (...) STORED: can never be written
  bool has_default = false;  // leaving it out is another thing than writing NULL
};

// The table as the database's catalogue has it.
struct Table {
  std::string quoted;  // "public"."orders_fact"
  std::string shown;   // as the user wrote it, for messages
  std::vector<TargetColumn> columns;

  const TargetColumn* find(std::string_view name) const;
};

}  // namespace sluice::debezium
