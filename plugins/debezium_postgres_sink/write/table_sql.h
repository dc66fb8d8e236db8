// The SQL that makes a missing target table, or a missing column, as the events' schemas say (pure). Throws SettingNeeded
// where a schema does not tell the type.
#pragma once
#include <string>

#include "debezium_postgres_sink/decode/envelope.h"
#include "debezium_postgres_sink/map/mapping.h"
#include "debezium_postgres_sink/map/table_name.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

std::string quoted(const TableName& name);
std::string create_history_table(const Settings& settings, const TableName& name, const Change& change);
// The record's key, or `key.columns`, becomes the primary key.
std::string create_current_table(const Settings& settings, const TableName& name, const Change& change);
// Does nothing where another task was faster.
std::string add_columns(const Table& table, const std::vector<WantedColumn>& columns);

}  // namespace sluice::debezium
