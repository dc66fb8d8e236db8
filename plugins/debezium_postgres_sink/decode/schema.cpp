#include "debezium_postgres_sink/decode/schema.h"

#include <algorithm>

#include "debezium_postgres_sink/decode/decimal.h"
#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

constexpr std::string_view kSchemaKey = "{\"schema\":", kPayloadKey = ",\"payload\":";

// The trap is a row with two columns of these names; a schema block is null or says its type.
bool is_enveloped(Json value) {
  if (!value.is_object()) return false;
  int members = 0;
  for (const Json m : value) {
    ++members;
    if (m.key() != "schema" && m.key() != "payload") return false;
  }
  const Json block = value.find("schema");
  return members == 2 && value.find("payload").exists() && (block.is_null() || block.find("type").exists());
}

Meaning meaning_of(std::string_view type, std::string_view name) {
  struct Row { std::string_view name; Meaning meaning; };
  static constexpr Row kNames[] = {
      {"org.apache.kafka.connect.data.Decimal", Meaning::decimal},
      {"org.apache.kafka.connect.data.Date", Meaning::date},
      {"org.apache.kafka.connect.data.Time", Meaning::time_ms},
      {"org.apache.kafka.connect.data.Timestamp", Meaning::timestamp_ms},
      {"io.debezium.data.VariableScaleDecimal", Meaning::variable_decimal},
      {"io.debezium.data.Bits", Meaning::bits},
      {"io.debezium.time.Date", Meaning::date},
      {"io.debezium.time.Time", Meaning::time_ms},
      {"io.debezium.time.MicroTime", Meaning::time_us},
      {"io.debezium.time.NanoTime", Meaning::time_ns},
      {"io.debezium.time.Timestamp", Meaning::timestamp_ms},
      {"io.debezium.time.MicroTimestamp", Meaning::timestamp_us},
      {"io.debezium.time.NanoTimestamp", Meaning::timestamp_ns},
      {"io.debezium.time.IsoDate", Meaning::iso_date},
      {"io.debezium.time.IsoTime", Meaning::iso_time},
      {"io.debezium.time.IsoTimestamp", Meaning::iso_timestamp},
      {"io.debezium.time.ZonedTime", Meaning::zoned_time},
      {"io.debezium.time.ZonedTimestamp", Meaning::zoned_timestamp},
      {"io.debezium.time.MicroDuration", Meaning::duration_us},
      {"io.debezium.time.Interval", Meaning::interval},
      {"io.debezium.time.StructuredDate", Meaning::structured_date},
      {"io.debezium.time.StructuredTime", Meaning::structured_time},
      {"io.debezium.time.StructuredTimestamp", Meaning::structured_timestamp},
      {"io.debezium.time.StructuredZonedTime", Meaning::structured_zoned_time},
      {"io.debezium.time.StructuredZonedTimestamp", Meaning::structured_zoned_timestamp},
      {"io.debezium.time.StructuredDuration", Meaning::structured_duration},
      {"io.debezium.data.Json", Meaning::json},
      {"io.debezium.data.Uuid", Meaning::uuid},
      {"io.debezium.data.Xml", Meaning::xml},
      {"io.debezium.data.Enum", Meaning::enumeration},
      {"io.debezium.data.Ltree", Meaning::ltree},
      {"io.debezium.data.Tsvector", Meaning::tsvector},
      {"io.debezium.data.geometry.Point", Meaning::point},
      {"io.debezium.data.geometry.Circle", Meaning::circle},
      {"io.debezium.data.geometry.Line", Meaning::line},
      {"io.debezium.data.geometry.Geometry", Meaning::geometry},
      {"io.debezium.data.geometry.Geography", Meaning::geography},
      {"io.debezium.data.DoubleVector", Meaning::vector},
      {"io.debezium.data.FloatVector", Meaning::half_vector},
      {"io.debezium.data.SparseDoubleVector", Meaning::sparse_vector},
  };
  const auto* known = std::ranges::find(kNames, name, &Row::name);
  if (known != std::end(kNames)) return known->meaning;
  if (type == "bytes") return Meaning::bytes;
  if (type == "array") return Meaning::array;
  if (type == "map") return Meaning::map;
  return type == "struct" ? Meaning::composite : Meaning::none;
}

std::optional<int> parameter_number(Json parameters, std::string_view name) {
  const Json value = parameters.find(name);
  return value.is_string() ? parse_integer(value.text()) : std::nullopt;
}

void read_parameters(Schema& s, Json parameters) {
  if (s.meaning == Meaning::decimal) {
    const Json text = parameters.find("scale");
    const auto scale = text.is_string() ? parse_scale(text.text()) : std::nullopt;
    if (!scale)
      throw RecordError("the schema of its field \"" + s.field + "\" is a Decimal without a usable scale", "schema");
    s.scale = *scale;
    s.precision = parameter_number(parameters, "connect.decimal.precision");
  }
  if (s.meaning == Meaning::bits) s.length = parameter_number(parameters, "length");
  if (const Json type = parameters.find("__debezium.source.column.type"); type.is_string()) s.source_type = type.text();
  s.source_length = parameter_number(parameters, "__debezium.source.column.length");
  s.source_scale = parameter_number(parameters, "__debezium.source.column.scale");
}

}  // namespace

const Schema* Schema::find(std::string_view field_name) const {
  for (const Schema& f : fields)
    if (f.field == field_name) return &f;
  return nullptr;
}

Schema read_schema(Json block) {
  const auto text = [&](const char* key) { return std::string(block.find(key).is_string() ? block.find(key).text() : ""); };
  Schema s;
  s.field = text("field");
  s.type = text("type");
  s.name = text("name");
  s.meaning = meaning_of(s.type, s.name);
  read_parameters(s, block.find("parameters"));
  s.optional = block.find("optional").exists() && block.find("optional").text() == "true";
  s.has_default = block.find("default").exists();
  if (const Json fields = block.find("fields"); fields.is(Json::Kind::array))
    for (const Json f : fields) s.fields.push_back(read_schema(f));  // as deep as the document, which is capped
  for (const char* part : {"items", "keys", "values"})
    if (const Json item = block.find(part); item.is_object()) s.items.push_back(read_schema(item));
  return s;
}

Payload ConnectJson::read(std::string_view bytes) {
  if (!bytes.starts_with(kSchemaKey) || !bytes.ends_with('}')) return read_whole(bytes);
  const Known* known = recognise(bytes);
  if (!known) known = learn(bytes);
  if (!known) return read_whole(bytes);
  const std::string_view payload = bytes.substr(known->prefix.size(), bytes.size() - known->prefix.size() - 1);
  // Fails too where a third key follows the payload; read_whole() then knows what it is.
  if (const JsonNode* root = document_.parse(payload)) return {Json(root), &known->schema};
  return read_whole(bytes);
}

const ConnectJson::Known* ConnectJson::recognise(std::string_view bytes) {
  if (last_ && bytes.starts_with(last_->prefix)) return last_;
  for (const Known& k : known_)
    if (bytes.starts_with(k.prefix)) return last_ = &k;
  return nullptr;
}

const ConnectJson::Known* ConnectJson::learn(std::string_view bytes) {
  const std::string_view block = leading_value(bytes.substr(kSchemaKey.size()));
  const size_t end = kSchemaKey.size() + block.size();
  if (block.empty() || !bytes.substr(end).starts_with(kPayloadKey)) return nullptr;
  const JsonNode* root = schema_document_.parse(block);
  if (!root || !Json(root).find("type").exists()) return nullptr;
  Schema schema = read_schema(Json(root));  // may throw, so before the oldest goes: last_ may be that one
  if (known_.size() == kKnownMax) known_.pop_front();
  known_.push_back({std::string(bytes.substr(0, end + kPayloadKey.size())), std::move(schema)});
  return last_ = &known_.back();
}

Payload ConnectJson::read_whole(std::string_view bytes) {
  const JsonNode* root = document_.parse(bytes);
  if (!root) throw RecordError("it is not JSON: " + document_.problem(), "json");
  const Json value(root);
  if (!is_enveloped(value)) return {value, nullptr};
  const Json block = value.find("schema");
  if (block.is_null()) return {value.find("payload"), nullptr};
  odd_schema_ = read_schema(block);
  return {value.find("payload"), &odd_schema_};
}

}  // namespace sluice::debezium
