// The transforms that become part of the mapping: ExtractNewRecordState, ReplaceField$Value, InsertField$Value. Pure.
#pragma once
#include "debezium_postgres_sink/translate/answers.h"
#include "debezium_postgres_sink/translate/fields.h"

namespace sluice::debezium {

// Each in its turn. What cannot be done is left, at its key.
void translate_transforms(Answers& answers, Fields& fields);

}  // namespace sluice::debezium
