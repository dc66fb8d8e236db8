// The settings of io.debezium.connector.jdbc.JdbcSinkConnector. Pure.
#pragma once
#include "debezium_postgres_sink/translate/answers.h"
#include "debezium_postgres_sink/translate/fields.h"

namespace sluice::debezium {

void translate_jdbc_sink(Answers& answers, Fields& fields);

}  // namespace sluice::debezium
