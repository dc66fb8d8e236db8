// The statements that append rows to a history (pure).
#pragma once
#include <string>

#include "debezium_postgres_sink/map/history_rows.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

std::string copy_into(const std::string& table, std::string_view columns, CopyFormat format = CopyFormat::text);

// dedupe.source: a change is known by its LSN, its operation and its key, which a unique index of the table holds. Throws
// SettingNeeded where there is no such index.
void check_dedupe(const Settings& settings, const Table& table);
// From the stage into the table: what is not there yet. A row that a snapshot read is not new where the newest row of its key
// has the same values.
std::string append_new(const std::string& stage, const Table& table, const HistoryRows::Copy& copy, const Settings& settings);

}  // namespace sluice::debezium
