// The extension sluice.translate/1: a pasted configuration of Debezium's JDBC sink (io.debezium.connector.jdbc, 2.2 to 3.4), and the
// transforms of Connect that are part of the mapping here -> this plugin's own settings. from_jdbc_sink.md says what becomes of each.
// Pure.
#pragma once
#include "debezium_postgres_sink/translate/answers.h"

namespace sluice::debezium {

extern const char* const kAliases[];

// `written`: as the host hands it in; `connector.class` is among it where the class is an alias, `transforms` where some are left.
Answers translate(const SettingsMap& written);

}  // namespace sluice::debezium
