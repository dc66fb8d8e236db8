#include "config/setting_definitions.h"

#include <map>

#include "abi/sluice_plugin.h"
#include "config/connector_settings.h"

namespace sluice {
namespace {

constexpr const char* kJsonConverter = "org.apache.kafka.connect.json.JsonConverter";
constexpr const char* kCommon = "Common";
constexpr const char* kTransforms = "Transforms";
constexpr const char* kPredicates = "Predicates";
constexpr const char* kErrors = "Error Handling";
constexpr const char* kBatches = "Batches and memory";
constexpr const char* kRestarts = "Restarts";
constexpr const char* kLost = "Lost records";

const char* type_of(const sluice_option& option) {
  if (option.flags & SLUICE_SECRET) return "PASSWORD";
  switch (option.kind) {
    case SLUICE_INT: return "LONG";
    case SLUICE_FLOAT: return "DOUBLE";
    case SLUICE_BOOL: return "BOOLEAN";
    case SLUICE_LIST: return "LIST";
    default: return "STRING";  // durations and sizes have units, which Connect's numbers know nothing of
  }
}

const char* importance_of(const sluice_option& option) {
  if (option.flags & (SLUICE_ADVANCED | SLUICE_DEPRECATED)) return "LOW";
  return option.flags & SLUICE_REQUIRED ? "HIGH" : "MEDIUM";
}

SettingDefinition to_definition(const sluice_option& option, std::map<std::string, int>& orders) {
  SettingDefinition definition;
  definition.name = definition.display_name = option.name;
  definition.type = type_of(option);
  definition.required = (option.flags & SLUICE_REQUIRED) && !option.initial;
  if (option.initial) definition.initial = option.initial;
  definition.importance = importance_of(option);
  definition.documentation = option.doc ? option.doc : "";
  if (option.group) {
    definition.group = option.group;
    definition.order = ++orders[option.group];
    definition.width = "MEDIUM";
  }
  if (option.kind == SLUICE_BOOL) definition.choices = {"true", "false"};
  for (const char* const* choice = option.choices; choice && *choice; ++choice) definition.choices.emplace_back(*choice);
  return definition;
}

}  // namespace

bool is_secret(const SettingDefinition& definition) { return std::string_view(definition.type) == "PASSWORD"; }

std::vector<std::string> names_of(const std::vector<SettingDefinition>& definitions) {
  std::vector<std::string> names;
  for (const SettingDefinition& definition : definitions) names.push_back(definition.name);
  return names;
}

// The order numbers are Connect's, with their repetitions: users' forms are laid out by them.
const std::vector<SettingDefinition>& common_settings() {
  static const std::vector<SettingDefinition> kSettings = {
      {"name", "STRING", true, {}, "HIGH", "Globally unique name of the connector.", kCommon, "MEDIUM", "Connector name", 1, {}},
      {"connector.class", "STRING", true, {}, "HIGH",
       "The plugin: its name, such as debezium-postgres-sink, or a class name that it answers to. GET /connector-plugins lists what there is.",
       kCommon, "LONG", "Connector class", 2, {}},
      {"connector.plugin.version", "STRING", false, {}, "MEDIUM", "The version that the connector has to have, or a range such as [1.0,2.0). There is one of each plugin.",
       kCommon, "MEDIUM", "Connector version", 3, {}},
      {"tasks.max", "INT", false, "1", "HIGH", "How many tasks share the partitions, each with its own consumer.", kCommon, "SHORT", "Tasks max", 4, {}},
      {"tasks.max.enforce", "BOOLEAN", false, "true", "LOW", "Taken for Connect's sake: a connector never has more than tasks.max tasks.",
       kCommon, "SHORT", "Enforce tasks max", 5, {}},
      {"key.converter", "CLASS", false, kJsonConverter, "LOW", "The form of the records' keys. The plugin decodes them; the host hands on bytes.",
       kCommon, "SHORT", "Key converter class", 6, {}},
      {"key.converter.plugin.version", "STRING", false, {}, "LOW", "The version that the key converter has to have, or a range.", kCommon, "SHORT",
       "Key converter version", 7, {}},
      {"value.converter", "CLASS", false, kJsonConverter, "LOW", "The form of the records' values. The plugin decodes them; the host hands on bytes.",
       kCommon, "SHORT", "Value converter class", 8, {}},
      {"value.converter.plugin.version", "STRING", false, {}, "LOW", "The version that the value converter has to have, or a range.", kCommon, "SHORT",
       "Value converter version", 9, {}},
      {"header.converter", "CLASS", false, "org.apache.kafka.connect.storage.SimpleHeaderConverter", "LOW", "The form of the records' headers.",
       kCommon, "SHORT", "Header converter class", 10, {}},
      {"header.converter.plugin.version", "STRING", false, {}, "LOW", "The version that the header converter has to have, or a range.", kCommon, "SHORT",
       "Header converter version", 11, {}},
      {"transforms", "LIST", false, "", "LOW", "Aliases of the transformations that records pass through, in order.", kTransforms, "LONG",
       "Transforms", 12, {}},
      {"predicates", "LIST", false, "", "LOW", "Aliases of the predicates that transformations refer to.", kPredicates, "LONG", "Predicates", 13, {}},
      {"config.action.reload", "STRING", false, "restart", "LOW",
       "Taken for Connect's sake: references are resolved anew at each start of a task.", kCommon, "MEDIUM", "Reload Action", 14, {"none", "restart"}},
      {"errors.retry.timeout", "LONG", false, "0", "MEDIUM",
       "Taken for Connect's sake, in milliseconds: no converter or transform here fails for a while. A sink that has to wait is waited for.",
       kErrors, "MEDIUM", "Retry Timeout for Errors", 1, {}},
      {"errors.retry.delay.max.ms", "LONG", false, "60000", "MEDIUM", "Taken for Connect's sake, as errors.retry.timeout is.", kErrors, "MEDIUM",
       "Maximum Delay Between Retries for Errors", 2, {}},
      {"errors.tolerance", "STRING", false, "none", "MEDIUM",
       "none: the task stops at a record that can never be written. all: the record goes to the dead letters, if there are any, and the task goes on.",
       kErrors, "SHORT", "Error Tolerance", 3, {"none", "all"}},
      {"errors.log.enable", "BOOLEAN", false, "false", "MEDIUM", "Log each record that is given up on, and why.", kErrors, "SHORT", "Log Errors", 4, {}},
      {"errors.log.include.messages", "BOOLEAN", false, "false", "MEDIUM", "Also log the record's topic, partition, offset and time, never its data.",
       kErrors, "SHORT", "Log Error Details", 5, {}},
      {"topics", "LIST", false, "", "HIGH", "The topics to read, separated by commas. One of topics and topics.regex is needed.", kCommon, "LONG",
       "Topics", 4, {}},
      {"topics.regex", "STRING", false, "", "HIGH", "A regular expression that the names of the topics to read match as a whole.", kCommon, "LONG",
       "Topics regex", 4, {}},
      {"errors.deadletterqueue.topic.name", "STRING", false, "", "MEDIUM", "The topic for records that are given up on; empty: none.", kErrors,
       "MEDIUM", "Dead Letter Queue Topic Name", 6, {}},
      {"errors.deadletterqueue.topic.replication.factor", "SHORT", false, "3", "MEDIUM",
       "Replication factor of that topic where it has to be made. With fewer brokers the broker's default is taken.", kErrors, "MEDIUM",
       "Dead Letter Queue Topic Replication Factor", 7, {}},
      {"errors.deadletterqueue.context.headers.enable", "BOOLEAN", false, "false", "MEDIUM",
       "Add headers that say where a dead letter came from and why it is one. `sluice dlq replay` needs them.", kErrors, "MEDIUM",
       "Enable Error Context Headers", 8, {}},
  };
  return kSettings;
}

const std::vector<SettingDefinition>& own_settings() {
  static const std::vector<SettingDefinition> kSettings = {
      {"errors.max.share", "DOUBLE", false, "0.2", "MEDIUM",
       "With errors.tolerance all: if more than this share of a batch of at least 20 records is bad, the task is blocked and none is dead-lettered.",
       kErrors, "SHORT", "Largest share of bad records", 9, {}},
      {"isolation", "STRING", false, "thread", "LOW", "Where the connector's tasks run: as threads of the host, or in a worker process of the connector's own, whose crash or leak "
       "harms no other connector. A process costs some 20 MB of memory. Plugins that ask for one get it in any case.",
       kBatches, "SHORT", "Isolation", 1, {"thread", "process"}},
      {"memory.max", "STRING", false, {}, "MEDIUM", "Bytes that the records of the connector take in the process, about, such as 64MiB: its tasks share it between records that wait, a fetch that comes in and the batch in hand. Unset: 96 MiB a task.",
       kBatches, "SHORT", "Memory", 2, {}},
      {"batch.max.records", "INT", false, {}, "LOW", "Records in a batch at most. Unset: the plugin's wish, else 20000.", kBatches, "SHORT",
       "Records in a batch", 3, {}},
      {"batch.max.bytes", "STRING", false, {}, "LOW", "Bytes in a batch at most, such as 16MiB. Unset: the plugin's wish, else 16MiB.", kBatches,
       "SHORT", "Bytes in a batch", 4, {}},
      {"linger.ms", "STRING", false, {}, "LOW", "How long a batch that is not full waits for more records, such as 50ms. Unset: the plugin's wish.",
       kBatches, "SHORT", "Linger", 5, {}},
      {"put.timeout.ms", "STRING", false, "60000", "LOW", "How long one call of the plugin may take, such as 60s; then it is interrupted.", kBatches,
       "SHORT", "Longest call of the plugin", 6, {}},
      {"revoke.grace.ms", "STRING", false, "5000", "LOW", "How long a partition that moves to another member waits for the call in progress.", kBatches,
       "SHORT", "Grace at a rebalance", 7, {}},
      {"restart.max", "INT", false, "-1", "LOW", "Restarts in a row before a task stays FAILED; -1: no limit.", kRestarts, "SHORT", "Restarts in a row", 1, {}},
      {"restart.backoff.ms", "STRING", false, "1000", "LOW", "The pause before the first restart; it doubles with each.", kRestarts, "SHORT",
       "First pause", 2, {}},
      {"restart.backoff.max.ms", "STRING", false, "60000", "LOW", "The longest pause between restarts.", kRestarts, "SHORT", "Longest pause", 3, {}},
      {"on.lost.range", "STRING", false, "fail", "MEDIUM",
       "Records between the position and the beginning of the log are gone: fail stops the task and names them, skip goes on behind them.", kLost,
       "SHORT", "Lost range", 1, {"fail", "skip"}},
      {"on.topic.recreated", "STRING", false, "fail", "LOW", "The topic was deleted and made anew: the task stops.", kLost, "SHORT", "Topic made anew", 2, {"fail"}},
      {"on.truncation", "STRING", false, "fail", "LOW", "The log ends before the position: the task stops.", kLost, "SHORT", "Log cut short", 3, {"fail"}},
  };
  return kSettings;
}

const std::vector<std::string>& host_setting_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = names_of(common_settings());
    for (std::string& name : names_of(own_settings())) names.push_back(std::move(name));
    return names;
  }();
  return kNames;
}

std::vector<SettingDefinition> settings_of(const sluice_plugin& plugin) {
  std::vector<SettingDefinition> settings;
  std::map<std::string, int> orders;
  for (uint32_t i = 0; i < plugin.option_count; ++i)
    if (!is_host_setting(plugin.options[i].name)) settings.push_back(to_definition(plugin.options[i], orders));
  return settings;
}

}  // namespace sluice
