#include "debezium_postgres_sink/decode/envelope.h"

#include "debezium_postgres_sink/decode/record_kind.h"
#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

bool has_fields(Json value) { return value.is_object() && value.begin() != value.end(); }

Image image_of(const Payload& value, const char* field) {
  const Json row = value.json.find(field);
  if (!row.is_object()) return {};
  return {row, value.schema ? value.schema->find(field) : nullptr};
}

// In lower case; '?' for what is no letter of Debezium's.
char letter_of(Json op) {
  if (!op.is_string() || op.text().size() != 1) return '?';
  const char c = op.text()[0];
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<Operation> operation_of(char letter) {
  switch (letter) {
    case 'c': return Operation::insert;
    case 'u': return Operation::update;
    case 'r': return Operation::snapshot;
    case 'd': return Operation::remove;
    case 't': return Operation::truncate;
    default: return std::nullopt;
  }
}

// Without `__op` an insert cannot be told from an update: it is an update, which also inserts where the current state is kept.
Operation operation_of_flattened(Json row) {
  if (const Json op = row.find("__op"); op.exists() && !op.is_null()) {
    const auto operation = operation_of(letter_of(op));
    // ExtractNewRecordState lets no truncate through.
    if (!operation || *operation == Operation::truncate) throw RecordError("its \"__op\" is none of c, u, r and d", "envelope");
    return *operation;
  }
  const Json deleted = row.find("__deleted");  // text as a rule, a boolean after a cast
  if (!deleted.exists() || deleted.is_null()) return Operation::update;
  if ((deleted.is_string() || deleted.is(Json::Kind::boolean)) && (deleted.text() == "true" || deleted.text() == "false"))
    return deleted.text() == "true" ? Operation::remove : Operation::update;
  throw RecordError("its \"__deleted\" is neither true nor false", "envelope");
}

}  // namespace

const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::insert: return "INSERT";
    case Operation::update: return "UPDATE";
    case Operation::remove: return "DELETE";
    case Operation::snapshot: return "SNAPSHOT";
    case Operation::truncate: return "TRUNCATE";
  }
  return "";
}

char letter_of(Operation operation) {
  switch (operation) {
    case Operation::insert: return 'c';
    case Operation::update: return 'u';
    case Operation::remove: return 'd';
    case Operation::snapshot: return 'r';
    case Operation::truncate: return 't';
  }
  return '?';
}

const char* name_of(Skip skip) {
  switch (skip) {
    case Skip::tombstone: return "tombstone";
    case Skip::heartbeat: return "heartbeat";
    case Skip::transaction: return "transaction";
    case Skip::message: return "message";
    case Skip::schema_change: return "schema_change";
    case Skip::notification: return "notification";
    case Skip::signal: return "signal";
    case Skip::truncate: return "truncate";
    case Skip::removal: return "delete";
  }
  return "other";
}

Event EnvelopeDecoder::decode(Bytes key, Bytes value) {
  if (!value) return decode_tombstone(key);
  const Payload payload = values_.read(*value);
  if (payload.json.is_null()) return decode_tombstone(key);  // the text `null`, or null with a schema
  if (!payload.json.is_object()) throw RecordError("its value is JSON, but no object", "envelope");
  switch (kind_of(payload)) {
    case RecordKind::envelope: return decode_envelope(payload, key);
    case RecordKind::flattened: break;
    case RecordKind::heartbeat:
      // A row of the one column "ts_ms" looks the same, but a heartbeat's key names the server.
      if (const Json names = read_key(key).image.row; !payload.schema && names.exists() && !names.find("serverName").exists()) break;
      return {Skip::heartbeat, {}};
    case RecordKind::transaction: return {Skip::transaction, {}};
    case RecordKind::schema_change: return {Skip::schema_change, {}};
    case RecordKind::notification: return {Skip::notification, {}};
    case RecordKind::signal: return {Skip::signal, {}};
  }
  return decode_flattened(payload, key);
}

Event EnvelopeDecoder::decode_tombstone(Bytes key) {
  const Key k = read_key(key);
  if (k.absent) return {Skip::tombstone, {}};  // of a table without a primary key
  if (!k.image.row.exists())
    throw RecordError("it is a tombstone, and its key is no JSON object with the columns of a key, so that it names no row; "
                      "sluice reads keys that JsonConverter has written (key.converter of the source)", "envelope");
  Change change;
  change.operation = Operation::remove;
  change.tombstone = true;
  change.key = k.image;
  return {std::nullopt, change};
}

Event EnvelopeDecoder::decode_envelope(const Payload& value, Bytes key) {
  const Json op = value.json.find("op");
  if (!op.exists() || op.is_null()) throw RecordError("its \"op\" is missing", "envelope");
  const char letter = letter_of(op);
  if (letter == 'm') return {Skip::message, {}};
  const auto operation = operation_of(letter);
  if (!operation) throw RecordError("its \"op\" is none of c, u, r, d, t and m", "envelope");

  Change change;
  change.operation = *operation;
  change.source = value.json.find("source");
  change.envelope = value.json;
  change.schema = value.schema;
  change.before = image_of(value, "before");
  change.after = image_of(value, "after");
  if (change.operation == Operation::truncate) return {std::nullopt, change};
  if (change.operation != Operation::remove && !change.after.row.exists()) throw RecordError("its \"after\" is missing", "envelope");
  add_key(change, key);
  return {std::nullopt, change};
}

Event EnvelopeDecoder::decode_flattened(const Payload& value, Bytes key) {
  Change change;
  change.operation = operation_of_flattened(value.json);
  change.flattened = true;
  change.envelope = value.json;
  change.schema = value.schema;
  (change.operation == Operation::remove ? change.before : change.after) = {value.json, value.schema};
  add_key(change, key);
  return {std::nullopt, change};
}

void EnvelopeDecoder::add_key(Change& change, Bytes key) {
  const bool removes = change.operation == Operation::remove;
  if (!removes && !keys_always_) return;
  change.key = read_key(key).image;
  if (removes && !has_fields(change.before.row) && !change.key.row.exists())
    throw RecordError("it deletes a row that it does not name: \"before\" is empty, and the record's key is no JSON object", "envelope");
}

EnvelopeDecoder::Key EnvelopeDecoder::read_key(Bytes key) {
  if (!key || key->empty()) return {};
  // What other converters write, such as StringConverter, is not even parsed.
  if (const size_t start = key->find_first_not_of(" \t\r\n"); start == key->npos || (*key)[start] != '{') return {*key == "null", {}};
  try {
    const Payload k = keys_.read(*key);
    return {k.json.is_null(), has_fields(k.json) ? Image{k.json, k.schema} : Image{}};
  } catch (const RecordError& e) {
    throw RecordError(std::string("its key cannot be read: ") + e.what(), e.code);
  }
}

}  // namespace sluice::debezium
