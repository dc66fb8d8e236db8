// What a batch has in its targets -> COPYs and merges, within the transaction that is open. Task thread only.
#pragma once
#include "debezium_postgres_sink/write/database.h"
#include "debezium_postgres_sink/write/merger.h"
#include "debezium_postgres_sink/write/targets.h"

namespace sluice::debezium {

// Throws SqlFault.
void write_rows(Targets& targets, Database& database, Merger& merger);

}  // namespace sluice::debezium
