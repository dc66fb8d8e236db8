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
  };
  const auto* known = std::ranges::find(kNames, name, &Row::name);
  if (known != std::end(kNames)) return known->meaning;
  if (type == "bytes") return Meaning::bytes;
  return type == "struct" || type == "array" || type == "map" ? Meaning::composite : Meaning::none;
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
  if (s.meaning == Meaning::decimal) {
    const Json scale = block.find("parameters").find("scale");
    const auto number = scale.is_string() ? parse_scale(scale.text()) : std::nullopt;
    if (!number) throw RecordError("the schema of its field \"" + s.field + "\" is a Decimal without a usable scale", "schema");
    s.scale = *number;
  }
  s.optional = block.find("optional").exists() && block.find("optional").text() == "true";
  s.has_default = block.find("default").exists();
  if (const Json fields = block.find("fields"); fields.is(Json::Kind::array))
    for (const Json f : fields) s.fields.push_back(read_schema(f));  // as deep as the document, which is capped
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
