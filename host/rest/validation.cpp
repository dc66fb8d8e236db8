#include "rest/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "config/builtin_classes.h"
#include "config/client_properties.h"
#include "config/scalars.h"
#include "connector/config_check.h"
#include "rest/views.h"

namespace sluice {
namespace {

struct Entry {
  std::string name;
  std::optional<SettingDefinition> definition;  // nothing: not a setting that we know
  std::optional<std::string> value;             // as sent, else the default
  std::vector<std::string> errors;
};

std::string_view without_suffix(std::string_view name) {
  constexpr std::string_view kSuffix = "Connector";
  return name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size()) : name;
}

// Connect's rule, and beside it any two names of one plugin.
bool names_match(const Backend& backend, const std::string& requested, const std::string& included) {
  if (without_suffix(included).ends_with(without_suffix(requested))) return true;
  const auto a = backend.describe(requested), b = backend.describe(included);
  return a && b && a->plugin.name == b->plugin.name;
}

SettingDefinition inside(SettingDefinition definition, const std::string& prefix, const std::string& group, int order) {
  definition.name.insert(0, prefix);
  if (!group.empty()) {
    definition.group = group;
    definition.order = order;
  }
  return definition;
}

// The settings that a configuration brings into being by naming a class or an alias.
class Sections {
 public:
  explicit Sections(const FlatConfig& config) : config_(config) {}

  std::vector<SettingDefinition> all() && {
    for (const char* key : {"key.converter", "value.converter"}) converter(key);
    for (const std::string& alias : aliases("transforms")) step("transforms", alias, "Transforms", "transformation");
    for (const std::string& alias : aliases("predicates")) step("predicates", alias, "Predicates", "predicate");
    for (const char* prefix : {"consumer.override.", "producer.override.", "admin.override."}) overrides(prefix);
    return std::move(found_);
  }

 private:
  std::string text(const std::string& key) const {
    const auto at = config_.find(key);
    return at == config_.end() ? "" : std::string(trim(at->second));
  }

  std::vector<std::string> aliases(const char* key) const {
    std::vector<std::string> list = split_list(text(key)), once;
    for (std::string& alias : list)
      if (!alias.empty() && std::ranges::find(once, alias) == once.end()) once.push_back(std::move(alias));
    return once;
  }

  void converter(const std::string& key) {
    const BuiltinClass* named = find_builtin(config_.contains(key) ? text(key) : "JsonConverter");
    if (!named || named->type != "converter") return;
    for (const SettingDefinition& setting : named->settings) found_.push_back(inside(setting, key + ".", "", 0));
  }

  void step(const std::string& list, const std::string& alias, const char* title, const char* type) {
    const std::string prefix = fmt::format("{}.{}.", list, alias), group = fmt::format("{}: {}", title, alias);
    int order = 0;
    SettingDefinition of_class{"type", "CLASS", true, {}, "HIGH", fmt::format("Class of the {} '{}'.", type, alias), "", "LONG",
                               fmt::format("{} type for {}", list == "transforms" ? "Transformation" : "Predicate", alias), -1, {}};
    for (const BuiltinClass& known : builtin_classes())
      if (known.type == type) of_class.choices.emplace_back(known.name);
    found_.push_back(inside(std::move(of_class), prefix, group, order++));
    if (const BuiltinClass* named = find_builtin(text(prefix + "type")))
      for (const SettingDefinition& setting : named->settings) found_.push_back(inside(setting, prefix, group, ++order));
    if (list != "transforms") return;
    found_.push_back(inside({"predicate", "STRING", false, "", "MEDIUM", "The alias of a predicate that decides which records it is applied to.",
                             "", "NONE", "predicate", -1, {}}, prefix, group, ++order));
    found_.push_back(inside({"negate", "BOOLEAN", false, "false", "MEDIUM", "Whether it is applied to the other records instead.", "", "NONE",
                             "negate", -1, {"true", "false"}}, prefix, group, ++order));
  }

  void overrides(const std::string& prefix) {
    for (auto at = config_.lower_bound(prefix); at != config_.end() && at->first.starts_with(prefix); ++at) {
      const std::string name = at->first.substr(prefix.size());
      found_.push_back({at->first, names_a_secret(name) ? "PASSWORD" : "STRING", false, {}, "MEDIUM",
                        "A setting of the Kafka client, in Java's words or librdkafka's.", "", "NONE", name, -1, {}});
    }
  }

  const FlatConfig& config_;
  std::vector<SettingDefinition> found_;
};

class Report {
 public:
  explicit Report(const ConfigPatch& config) : config_(config) {}

  void add(SettingDefinition definition) {
    if (find(definition.name)) return;  // the plugin's and a converter's in one
    const auto sent = config_.find(definition.name);
    std::optional<std::string> value = sent != config_.end() ? sent->second : definition.initial;
    // Not written by anybody: which of the two it is follows from where it stands.
    if (definition.name == "key.converter.converter.type" && !value) value = "key";
    if (definition.name == "value.converter.converter.type" && !value) value = "value";
    if (!definition.group.empty() && std::ranges::find(groups_, definition.group) == groups_.end()) groups_.push_back(definition.group);
    std::string name = definition.name;
    entries_.push_back({std::move(name), std::move(definition), std::move(value), {}});
  }

  void complain(const std::string& key, const std::string& message) {
    Entry* entry = find(key);
    if (!entry) {
      const auto sent = config_.find(key);
      // Whatever it is, it may be a secret under a name that was misspelt.
      const bool shown = sent != config_.end() && sent->second && !names_a_secret(key);
      entry = &*entries_.insert(entries_.begin(), {key, std::nullopt, shown ? sent->second : std::nullopt, {}});
    }
    entry->errors.push_back(message);
  }

  RestResponse answer(const std::string& connector_class) const {
    JsonWriter json;
    int64_t errors = 0;
    for (const Entry& entry : entries_) errors += static_cast<int64_t>(entry.errors.size());
    json.begin_object().text("name", connector_class).key("error_count").number(errors).key("groups").begin_array();
    for (const std::string& group : groups_) json.text(group);
    json.end_array().key("configs").begin_array();
    for (const Entry& entry : entries_) write(json, entry);
    json.end_array().end_object();
    return {200, json.result(), {}};
  }

 private:
  Entry* find(const std::string& name) {
    const auto found = std::ranges::find(entries_, name, &Entry::name);
    return found == entries_.end() ? nullptr : &*found;
  }

  static void write(JsonWriter& json, const Entry& entry) {
    json.begin_object().key("definition");
    if (entry.definition) write_definition(json, *entry.definition);
    else json.null();
    json.key("value").begin_object().text("name", entry.name).key("value");
    if (!entry.value) json.null();
    else json.text(entry.definition && is_secret(*entry.definition) ? "[hidden]" : *entry.value);
    json.key("recommended_values").begin_array();
    if (entry.definition)
      for (const std::string& choice : entry.definition->choices) json.text(choice);
    json.end_array().key("errors").begin_array();
    for (const std::string& error : entry.errors) json.text(error);
    json.end_array().key("visible").boolean(true).end_object().end_object();
  }

  const ConfigPatch& config_;
  std::vector<std::string> groups_;
  std::vector<Entry> entries_;
};

}  // namespace

void write_definition(JsonWriter& json, const SettingDefinition& definition) {
  json.begin_object().text("name", definition.name).text("type", definition.type).key("required").boolean(definition.required);
  json.key("default_value");
  if (definition.initial) json.text(*definition.initial);
  else json.null();
  json.text("importance", definition.importance).text("documentation", definition.documentation).key("group");
  if (definition.group.empty()) json.null();
  else json.text(definition.group);
  json.text("width", definition.width).text("display_name", definition.display_name).key("dependents").begin_array().end_array();
  // Its name until Kafka 4.1, and from 4.2 on.
  json.key("order").number(definition.order).key("order_in_group").number(definition.order).end_object();
}

std::vector<SettingDefinition> host_settings(const PluginInfo& plugin) {
  std::vector<SettingDefinition> settings = common_settings();
  for (const SettingDefinition& own : own_settings()) settings.push_back(own);
  for (SettingDefinition& setting : settings) {
    if (setting.name.ends_with(".plugin.version")) {
      setting.initial = setting.name.starts_with("connector.") ? plugin.version : std::string(find_builtin("JsonConverter")->version);
      setting.choices = {*setting.initial};
    }
    for (const BuiltinClass& known : builtin_classes())
      if ((known.type == "converter" && (setting.name == "key.converter" || setting.name == "value.converter")) ||
          (known.type == "header_converter" && setting.name == "header.converter"))
        setting.choices.emplace_back(known.name);
  }
  return settings;
}

RestResponse validate(const Backend& backend, const std::string& plugin, const ConfigPatch& config) {
  const auto sent = config.find("connector.class");
  if (sent == config.end() || !sent->second) return error_response(400, kNoConnectorType);
  const std::string& connector_class = *sent->second;
  if (!names_match(backend, plugin, connector_class))
    return error_response(400, fmt::format("Included connector type {} does not match request type {}", connector_class, plugin));

  FlatConfig written;
  for (const auto& [key, value] : config)
    if (value) written[key] = *value;
  const Problems problems = backend.check(written, ConfigOrigin::rest).problems;
  const auto described = backend.describe(connector_class);
  if (!described) return error_response(400, std::ranges::find(problems, "connector.class", &Problem::key)->message);

  Report report(config);
  for (const SettingDefinition& setting : host_settings(described->plugin)) report.add(setting);
  for (const SettingDefinition& setting : described->settings) report.add(setting);
  for (SettingDefinition& setting : Sections(written).all()) report.add(std::move(setting));
  for (const auto& [key, value] : config)
    if (!value) report.complain(key, "Null value can not be supplied as the configuration value.");
  for (const Problem& problem : problems) {
    if (problem.warning) continue;
    report.complain(problem.key.empty() ? "connector.class" : problem.key, problem.message);
    if (!problem.also.empty()) report.complain(problem.also, problem.message);
  }
  return report.answer(connector_class);
}

}  // namespace sluice
