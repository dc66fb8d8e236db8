// Looks the target table up in the database's catalogue. Task thread only.
#pragma once
#include "debezium_postgres_sink/map/columns.h"
#include "debezium_postgres_sink/write/database.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

// Throws SqlFault where the table is not there or nothing of it can be written.
Table load_table(Database& database, const TableName& name);

}  // namespace sluice::debezium
