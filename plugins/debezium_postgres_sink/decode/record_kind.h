// What kind of record a value is: a change in Debezium's envelope, a row that ExtractNewRecordState took out of it, or one of
// the other things that Debezium puts on topics. Pure.
#pragma once
#include "debezium_postgres_sink/decode/schema.h"

namespace sluice::debezium {

enum class RecordKind { envelope, flattened, heartbeat, transaction, schema_change, notification, signal };

// `value` holds an object. Throws RecordError for what is none of these. `envelope` is also the answer for an envelope that
// lacks something, so that its decoder can say what.
//
// The name of the schema decides where there is one that Debezium gives. Without, members and their JSON types do, and four
// things cannot be told apart:
// - a row flattened without `__op` and `__deleted`, with a text column "op" and a struct or map column "source": an envelope.
// - a row of exactly the columns of a transaction's record, a notification or a signal, with values as they have them: skipped.
// - a row of the one number "ts_ms": a heartbeat; only the record's key can tell, which the caller has.
// - a row of the two columns "schema", which is NULL, and "payload": JsonConverter's form for a value without a schema. It has lost
//   its "schema" before it comes here, and is a tombstone where "payload" is NULL, too.
RecordKind kind_of(const Payload& value);

}  // namespace sluice::debezium
