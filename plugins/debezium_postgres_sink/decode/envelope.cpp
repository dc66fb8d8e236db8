#include "debezium_postgres_sink/decode/envelope.h"

#include <charconv>

#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

bool has(Json object, std::string_view a, std::string_view b = {}) {
  return object.find(a).exists() && (b.empty() || object.find(b).exists());
}

// What else Debezium and Connect put on topics. Each is told by its schema's name where it has one, else by its members.
std::optional<Skip> kind_of_no_row(const Payload& value) {
  const std::string_view name = value.schema ? std::string_view(value.schema->name) : std::string_view();
  const auto named = [&](std::string_view part) { return name.find(part) != name.npos; };
  const Json v = value.json;
  const bool only_time = v.find("ts_ms").exists() && (++v.begin()).at == v.end().at;
  if (named("connector.common.Heartbeat") || (name.empty() && only_time)) return Skip::heartbeat;
  if (named("TransactionMetadataValue") || (v.find("status").is_string() && has(v, "id", "event_count") && has(v, "data_collections")))
    return Skip::transaction;
  if (named("SchemaChangeValue") || (has(v, "ddl", "tableChanges"))) return Skip::schema_change;
  if (named("connector.common.Notification") || (has(v, "aggregate_type", "additional_data"))) return Skip::notification;
  return std::nullopt;
}

Image image_of(const Payload& value, const char* field) {
  const Json row = value.json.find(field);
  if (!row.is_object()) return {};
  return {row, value.schema ? value.schema->find(field) : nullptr};
}

char letter_of(Json op) {
  if (!op.is_string() || op.text().size() != 1) return '?';
  const char c = op.text()[0];
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
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
    case Skip::truncate: return "truncate";
  }
  return "other";
}

namespace {

std::optional<int64_t> integer_of(Json value) {
  int64_t number = 0;
  if (!value.is(Json::Kind::number)) return std::nullopt;
  const std::string_view token = value.text();
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return number;
}

std::optional<int64_t> time_of(Json block) {
  if (const auto us = integer_of(block.find("ts_us"))) return us;
  int64_t us = 0;
  const auto ms = integer_of(block.find("ts_ms"));
  if (!ms || __builtin_mul_overflow(*ms, int64_t{1000}, &us)) return std::nullopt;
  return us;
}

std::string_view text_of(Json value) { return value.is_string() ? value.text() : std::string_view(); }

}  // namespace

std::optional<int64_t> Change::source_time_us() const { return time_of(source); }
std::optional<int64_t> Change::event_time_us() const { return time_of(envelope); }
std::optional<int64_t> Change::lsn() const { return integer_of(source.find("lsn")); }
std::optional<int64_t> Change::transaction_id() const { return integer_of(source.find("txId")); }
std::string_view Change::source_schema() const { return text_of(source.find("schema")); }
std::string_view Change::source_table() const { return text_of(source.find("table")); }

Event EnvelopeDecoder::decode(std::optional<std::string_view> key, std::optional<std::string_view> value) {
  if (!value) return {Skip::tombstone, {}};
  const Payload payload = values_.read(*value);
  if (payload.json.is_null()) return {Skip::tombstone, {}};  // the text `null`, or null with a schema
  if (!payload.json.is_object()) throw RecordError("its value is JSON, but no object", "envelope");

  const Json op = payload.json.find("op");
  if (payload.json.find("source").is_object() && (op.is_string() || has(payload.json, "before", "after")))
    return decode_envelope(payload, key);
  if (const auto skip = kind_of_no_row(payload)) return {skip, {}};
  if (has(payload.json, "specversion", "id") && has(payload.json, "type", "data")) throw RecordError("CloudEvents is not supported", "envelope");
  throw RecordError("it is no Debezium envelope (an object with \"op\" and \"source\"); records that were flattened by "
                    "ExtractNewRecordState cannot be read in this version", "envelope");
}

Event EnvelopeDecoder::decode_envelope(const Payload& value, std::optional<std::string_view> key) {
  Change change;
  change.source = value.json.find("source");
  change.envelope = value.json;
  change.schema = value.schema;
  change.before = image_of(value, "before");
  change.after = image_of(value, "after");
  switch (letter_of(value.json.find("op"))) {
    case 'c': change.operation = Operation::insert; break;
    case 'u': change.operation = Operation::update; break;
    case 'r': change.operation = Operation::snapshot; break;
    case 'd': change.operation = Operation::remove; break;
    case 't': change.operation = Operation::truncate; break;
    case 'm': return {Skip::message, {}};
    default: throw RecordError("its \"op\" is missing or is none of c, u, d, r, t and m", "envelope");
  }
  if (change.operation == Operation::truncate) return {std::nullopt, change};
  if (change.operation != Operation::remove) {
    if (!change.after.row.exists()) throw RecordError("its \"after\" is missing", "envelope");
    return {std::nullopt, change};
  }
  if (key) {
    const Payload k = keys_.read(*key);
    if (k.json.is_object()) change.key = {k.json, k.schema};
  }
  if (!change.before.row.exists() && !change.key.row.exists())
    throw RecordError("it deletes a row that it does not name: \"before\" and the record's key are both empty", "envelope");
  return {std::nullopt, change};
}

}  // namespace sluice::debezium
