#include "debezium_postgres_sink/decode/record_kind.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

using Kind = Json::Kind;

// Debezium names the schemas of a table <topic>.Envelope and <topic>.Value; its own records have the names below.
std::optional<RecordKind> kind_by_name(std::string_view name) {
  struct Row { std::string_view end; RecordKind kind; };
  static constexpr Row kNames[] = {
      {".Envelope", RecordKind::envelope},
      {".Value", RecordKind::flattened},
      {"connector.common.Heartbeat", RecordKind::heartbeat},
      {"connector.common.TransactionMetadataValue", RecordKind::transaction},
      {"SchemaChangeValue", RecordKind::schema_change},
      {"connector.common.Notification", RecordKind::notification},
  };
  for (const Row& row : kNames)
    if (name.ends_with(row.end)) return row.kind;
  return std::nullopt;
}

bool has_only(Json object, std::initializer_list<std::string_view> names) {
  for (const Json member : object)
    if (std::ranges::find(names, member.key()) == names.end()) return false;
  return true;
}

bool is_or_null(Json value, Kind kind) { return value.is(kind) || value.is_null(); }

// What no envelope has: ExtractNewRecordState's own fields.
bool is_marked_flattened(Json v) { return v.find("__op").exists() || v.find("__deleted").exists(); }

// Of a row, an image would be a struct or a map, which few tables have, under this name and beside an "op" or "source".
bool has_image(Json v) { return v.find("before").is_object() || v.find("after").is_object(); }

bool is_heartbeat(Json v) { return has_only(v, {"ts_ms"}) && v.find("ts_ms").is(Kind::number); }

bool is_transaction(Json v) {
  const Json status = v.find("status");
  return status.is_string() && (status.text() == "BEGIN" || status.text() == "END") && v.find("id").is_string() &&
         is_or_null(v.find("event_count"), Kind::number) && is_or_null(v.find("data_collections"), Kind::array) &&
         has_only(v, {"status", "id", "event_count", "data_collections", "ts_ms"});
}

bool is_schema_change(Json v) {
  return v.find("source").is_object() && is_or_null(v.find("ddl"), Kind::string) && v.find("tableChanges").is(Kind::array);
}

bool is_notification(Json v) {
  return v.find("id").is_string() && v.find("aggregate_type").is_string() && v.find("type").is_string() &&
         is_or_null(v.find("additional_data"), Kind::object) &&
         has_only(v, {"id", "aggregate_type", "type", "additional_data", "timestamp"});
}

// A table of the columns id, type and data is likely. Its "data" is text, where that of a signal on a topic is an object; a row
// of Debezium's signalling table has text as well, but one of the types that Debezium knows.
bool is_signal(Json v) {
  static constexpr std::string_view kTypes[] = {"execute-snapshot", "stop-snapshot", "pause-snapshot", "resume-snapshot"};
  const Json id = v.find("id"), type = v.find("type"), data = v.find("data");
  return type.is_string() && data.exists() && (!id.exists() || id.is_string()) && has_only(v, {"id", "type", "data"}) &&
         (data.is_object() || std::ranges::find(kTypes, type.text()) != std::end(kTypes));
}

bool is_cloud_event(Json v) {
  return v.find("specversion").is_string() && v.find("type").is_string() && v.find("id").exists() &&
         (v.find("data").exists() || v.find("iodebeziumop").exists());
}

RecordKind kind_by_shape(Json v) {
  const bool op = v.find("op").is_string(), source = v.find("source").is_object();
  if (op && source) return is_marked_flattened(v) ? RecordKind::flattened : RecordKind::envelope;
  if (is_marked_flattened(v)) return RecordKind::flattened;
  if (source && (has_image(v) || (v.find("before").exists() && v.find("after").exists()))) return RecordKind::envelope;
  if (op && has_image(v)) throw RecordError("its \"source\" is missing: without it, it is no Debezium envelope", "envelope");
  if (is_heartbeat(v)) return RecordKind::heartbeat;
  if (is_transaction(v)) return RecordKind::transaction;
  if (is_schema_change(v)) return RecordKind::schema_change;
  if (is_notification(v)) return RecordKind::notification;
  if (is_signal(v)) return RecordKind::signal;
  if (is_cloud_event(v)) throw RecordError("CloudEvents is not supported", "envelope");
  return RecordKind::flattened;
}

}  // namespace

RecordKind kind_of(const Payload& value) {
  if (!(value.json.begin() != value.json.end())) throw RecordError("its value is an object without any field", "envelope");
  if (value.schema)
    if (const auto kind = kind_by_name(value.schema->name)) return *kind;
  return kind_by_shape(value.json);
}

}  // namespace sluice::debezium
