// tests/data/kitchen/kitchen.sql's table, as the catalogue has it: a column of nearly every type.
#pragma once
#include "debezium_postgres_sink/map/columns.h"

namespace sluice::micro {

debezium::Table kitchen_table();

}  // namespace sluice::micro
