// Looks the target table up in the database's catalogue. Task thread only.
#pragma once
#include <optional>

#include "debezium_postgres_sink/map/columns.h"
#include "debezium_postgres_sink/write/database.h"
#include "debezium_postgres_sink/map/table_name.h"

namespace sluice::debezium {

// Nothing where there is no such table, or the role looks into none of its schemas.
std::optional<Table> find_table(Database& database, const TableName& name);
// The query for Table::shape, as it is now.
std::string shape_query(const Table& table);
// The script ends with SqlFault, of kWasAltered, where the table is another one than was looked up. What a transaction has locked stays as it
// is until its end, and COPY locks its table. The table has to live until the script was carried out.
void check_shape(Script& script, const Table& table);
// Throws SqlFault, with where it looked, where find_table() answers nothing.
Table load_table(Database& database, const TableName& name);

}  // namespace sluice::debezium
