// What a target column may be filled from: a field of the row's image, one of the metadata sources, written with an @, or a constant.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/decode/cell.h"

namespace sluice::debezium {

enum class Meta { op, operation, source_ts, ts, lsn, txid, topic, partition, offset, kafka_ts, now, value, none };

constexpr std::string_view kEveryField = "*";  // as column and source: each field to the column of its name, beside what is listed
constexpr std::string_view kConstant = "@value:";

std::optional<Meta> meta_of(std::string_view source);  // "@source.ts"; "@value:EU"; "@none": neither the column nor a field of its name
const char* name_of(Meta);
std::string meta_names();                              // all of them, for messages

struct TargetColumn {
  std::string name;
  ColumnType type;
  bool generated = false;    // GENERATED ALWAYS AS (...) STORED: can never be written
  bool has_default = false;  // leaving it out is another thing than writing NULL
  bool not_null = false;
  bool identity_always = false;  // GENERATED ALWAYS AS IDENTITY: an INSERT has to override it, an UPDATE cannot set it
};

// The table as the database's catalogue has it.
struct Table {
  std::string quoted;  // "public"."orders_fact"
  std::string shown;   // as the user wrote it, for messages
  std::vector<TargetColumn> columns;
  // The columns of each unique index that ON CONFLICT can name: not partial, without expressions, not deferrable. The primary
  // key's, if there is one, is the first.
  std::vector<std::vector<std::string>> keys = {};
  std::string shape = {};  // names and types of the columns: tells whether the table is still the one that was looked up

  const TargetColumn* find(std::string_view name) const;
};

}  // namespace sluice::debezium
