#include "config/builtin_classes.h"

namespace sluice {
namespace {

SettingDefinition setting(const char* name, const char* type, const char* importance, const char* documentation) {
  SettingDefinition definition;
  definition.name = definition.display_name = name;
  definition.type = type;
  definition.importance = importance;
  definition.documentation = documentation;
  return definition;
}

SettingDefinition required(const char* name, const char* type, const char* importance, const char* documentation) {
  SettingDefinition definition = setting(name, type, importance, documentation);
  definition.required = true;
  return definition;
}

SettingDefinition with_default(const char* name, const char* type, const char* initial, const char* importance, const char* documentation) {
  SettingDefinition definition = setting(name, type, importance, documentation);
  definition.initial = initial;
  if (std::string_view(type) == "BOOLEAN") definition.choices = {"true", "false"};
  return definition;
}

constexpr const char* kKafka = "4.1.1";
constexpr const char* kDebezium = "3.3.1.Final";

std::vector<BuiltinClass> make_classes() {
  SettingDefinition encoding = with_default("converter.encoding", "STRING", "UTF-8", "HIGH", "The texts' encoding. Bytes are handed on as they are.");
  encoding.display_name = "Encoding";
  encoding.width = "MEDIUM";
  const SettingDefinition converter_type = required("converter.type", "STRING", "LOW", "How this converter will be used: for keys or for values.");
  return {
      {"io.debezium.transforms.ExtractNewRecordState", "transformation", kDebezium,
       {with_default("delete.tombstone.handling.mode", "STRING", "tombstone", "MEDIUM", "What becomes of a delete: tombstone, delete-to-tombstone or drop."),
        with_default("add.fields", "LIST", "", "MEDIUM", "Facts of the change to add as fields: op, lsn, txId."),
        with_default("add.fields.prefix", "STRING", "__", "MEDIUM", "What the names of these fields begin with.")}},
      {"org.apache.kafka.connect.transforms.DropHeaders", "transformation", kKafka,
       {required("headers", "LIST", "HIGH", "The names of the headers to remove.")}},
      {"org.apache.kafka.connect.transforms.Filter", "transformation", kKafka, {}},
      {"org.apache.kafka.connect.transforms.InsertField$Value", "transformation", kKafka,
       {setting("offset.field", "STRING", "MEDIUM", "The field for the record's offset."),
        setting("partition.field", "STRING", "MEDIUM", "The field for the record's partition."),
        setting("static.field", "STRING", "MEDIUM", "The field for static.value."),
        setting("static.value", "STRING", "MEDIUM", "The value of static.field."),
        setting("timestamp.field", "STRING", "MEDIUM", "The field for the record's time."),
        setting("topic.field", "STRING", "MEDIUM", "The field for the record's topic.")}},
      {"org.apache.kafka.connect.transforms.InsertHeader", "transformation", kKafka,
       {required("header", "STRING", "HIGH", "The name of the header to add."),
        required("value.literal", "STRING", "HIGH", "Its value, as text.")}},
      {"org.apache.kafka.connect.transforms.RegexRouter", "transformation", kKafka,
       {required("regex", "STRING", "HIGH", "Regular expression that a topic's name has to match as a whole."),
        required("replacement", "STRING", "HIGH", "The new name; $1 stands for the first group.")}},
      {"org.apache.kafka.connect.transforms.ReplaceField$Value", "transformation", kKafka,
       {with_default("exclude", "LIST", "", "MEDIUM", "Fields to leave out."),
        with_default("include", "LIST", "", "MEDIUM", "Fields to keep; if it is set, no others are."),
        with_default("renames", "LIST", "", "MEDIUM", "Fields to rename, each as old:new.")}},
      {"org.apache.kafka.connect.transforms.predicates.HasHeaderKey", "predicate", kKafka,
       {required("name", "STRING", "MEDIUM", "The name of the header that a record has to have.")}},
      {"org.apache.kafka.connect.transforms.predicates.RecordIsTombstone", "predicate", kKafka, {}},
      {"org.apache.kafka.connect.transforms.predicates.TopicNameMatches", "predicate", kKafka,
       {required("pattern", "STRING", "MEDIUM", "Regular expression that the name of a record's topic has to match as a whole.")}},
      {"org.apache.kafka.connect.converters.ByteArrayConverter", "converter", kKafka, {converter_type}},
      {"org.apache.kafka.connect.json.JsonConverter", "converter", kKafka,
       {converter_type,
        with_default("schemas.enable", "BOOLEAN", "true", "HIGH", "Whether each record brings its schema: an object of schema and payload."),
        with_default("schemas.cache.size", "INT", "1000", "HIGH", "Taken for Connect's sake."),
        with_default("decimal.format", "STRING", "BASE64", "LOW", "How decimals are written: BASE64 or NUMERIC. Both are read."),
        with_default("replace.null.with.default", "BOOLEAN", "false", "LOW", "NULL stays NULL here, whatever default the schema names.")}},
      {"org.apache.kafka.connect.storage.StringConverter", "converter", kKafka,
       {converter_type, encoding}},
      {"org.apache.kafka.connect.storage.SimpleHeaderConverter", "header_converter", kKafka, {}},
  };
}

}  // namespace

const std::vector<BuiltinClass>& builtin_classes() {
  static const std::vector<BuiltinClass> kClasses = make_classes();
  return kClasses;
}

const BuiltinClass* find_builtin(std::string_view name) {
  for (const BuiltinClass& known : builtin_classes())
    if (name == known.name || name == simple_name(known.name)) return &known;
  return nullptr;
}

std::string_view simple_name(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == name.npos ? name : name.substr(dot + 1);
}

}  // namespace sluice
