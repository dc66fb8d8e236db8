// Names of tables and columns on their way into SQL. All of them pass through quoted(); values never do: they go as
// parameters or by COPY (pure).
#pragma once
#include <string>
#include <string_view>

namespace sluice::debezium {

// `weird "name` -> `"weird ""name"`. Throws std::invalid_argument for what Postgres would cut or cannot hold: empty names,
// more than 63 bytes, control characters, invalid UTF-8.
std::string quoted(std::string_view name);

struct TableName {
  std::string schema, table;
  std::string sql() const { return quoted(schema) + "." + quoted(table); }
  std::string shown() const;  // for people: without the schema where that is public
};

// `orders_fact`, `warehouse.orders_fact`, `"Odd ""Name"`, `"a.b"."c"`. Names are taken exactly, upper case too. Without a
// schema it is `public`. Throws std::invalid_argument with a sentence.
TableName parse_table_name(std::string_view text);

}  // namespace sluice::debezium
