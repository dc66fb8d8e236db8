// The current table's values of large columns that updates did not touch, for the history's rows. Task thread only.
#pragma once
#include <pqxx/pqxx>

#include "debezium_postgres_sink/map/target.h"

namespace sluice::debezium {

// Within the transaction that moved the positions: nobody else writes these keys then. Throws pqxx's errors.
void fetch_unchanged(pqxx::work& transaction, Target& target);

}  // namespace sluice::debezium
