#include "config/check_connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/version_range.h"
#include "config/builtin_classes.h"
#include "config/class_names.h"
#include "config/client_properties.h"
#include "config/java_client.h"
#include "config/plugin_issues.h"
#include "config/scalars.h"
#include "config/translation.h"

namespace sluice {
namespace {

// Resolves and judges the overrides in place.
void check_overrides(std::map<std::string, std::string>& overrides, std::string_view prefix, PropertyScope scope,
                     const References& references, Problems& problems) {
  std::map<std::string, std::string> good;
  for (const auto& [name, written] : overrides) {
    const std::string key = std::string(prefix) + name;
    const auto complain = [&](std::string message, bool warning = false) {
      problems.push_back({key, std::move(message), "", 0, warning});
    };
    auto resolved = references.resolve(written);
    if (const auto* failure = std::get_if<References::Failure>(&resolved)) {
      complain(fmt::format("{}: {}", key, failure->message));
      continue;
    }
    const std::string& value = std::get<std::string>(resolved);
    if (!is_utf8(value) || value.find('\0') != value.npos) {
      complain(fmt::format("{}: the value is not UTF-8 text without NUL characters", key));
      continue;
    }
    if (names_a_secret(name) && !value.empty() && !holds_reference(written))
      complain(fmt::format("{} holds its secret in clear; write a reference such as ${{env:SLUICE_PASSWORD}} instead", key), true);
    const auto refuse = [&](const PropertyRefused& refused) {
      const std::string near = is_classified(name) ? "" : nearest_name(name, client_property_names(scope));
      if (refused.bad_value)
        complain(fmt::format("Invalid value {} for configuration {}: {}", names_a_secret(name) ? "[hidden]" : shown(written), key, refused.reason));
      else if (!near.empty())
        complain(fmt::format("unknown setting \"{}\"; did you mean \"{}{}\"?", shown(key), prefix, near));
      else
        complain(fmt::format("The 'Allowlist' policy does not allow '{}' to be overridden in the connector configuration: {}.", shown(name),
                             refused.reason));
    };
    auto translated = translate_java_setting(name, value);
    if (const auto* refused = std::get_if<PropertyRefused>(&translated)) {
      refuse(*refused);
      continue;
    }
    std::vector<ClientProperty> properties{{name, value}};
    if (auto* several = std::get_if<std::vector<ClientProperty>>(&translated)) properties = std::move(*several);
    for (const ClientProperty& property : properties) {
      auto checked = check_client_property(property.name, property.value, scope, false);
      if (const auto* refused = std::get_if<PropertyRefused>(&checked)) {
        refuse(*refused);
        continue;
      }
      ClientProperty& sound = std::get<ClientProperty>(checked);
      if (!good.emplace(sound.name, std::move(sound.value)).second)
        complain(fmt::format("{}: it says what another setting of this client says as well; keep one of the two", key));
    }
  }
  overrides = std::move(good);
}

// A plugin may list a setting of the host among its options, errors.tolerance for instance: it is then given the value too.
// What the host has refused is not judged a second time.
void share_host_settings(const FlatConfig& config, std::span<const sluice_option> options, const Problems& problems,
                         FlatConfig& plugin_settings) {
  for (const sluice_option& option : options) {
    const auto written = config.find(option.name);
    if (written == config.end() || !is_host_setting(option.name)) continue;
    const bool refused = std::ranges::any_of(problems, [&](const Problem& p) { return p.key == option.name && !p.warning; });
    if (!refused) plugin_settings.insert(*written);
  }
}

// A plugin that asks how JsonConverter is set decodes JSON itself, and nothing else.
void check_converters(const FlatConfig& config, const sluice_plugin& plugin, Problems& problems) {
  const auto asks = [](const sluice_option& option) { return std::string_view(option.name) == "value.converter.schemas.enable"; };
  if (std::ranges::none_of(std::span(plugin.options, plugin.option_count), asks)) return;
  for (const char* key : {"key.converter", "value.converter"}) {
    const auto written = config.find(key);
    const BuiltinClass* converter = written == config.end() ? nullptr : find_builtin(trim(written->second));
    if (converter && converter->type == "converter" && simple_name(converter->name) != "JsonConverter")
      problems.push_back({key, fmt::format("Invalid value {} for configuration {}: {} reads JSON only; write org.apache.kafka.connect.json.JsonConverter",
                                           shown(written->second), key, plugin.name), "", 0, false});
  }
}

// KIP-891. There is one version of everything, so a range can only be met or not; forms send back the one that validate shows.
void check_versions(const FlatConfig& config, const sluice_plugin& plugin, Problems& problems) {
  const std::string_view of_converters = find_builtin("JsonConverter")->version;
  for (const auto& [key, version] : {std::pair("connector.plugin.version", std::string_view(plugin.version)),
                                     std::pair("key.converter.plugin.version", of_converters),
                                     std::pair("value.converter.plugin.version", of_converters),
                                     std::pair("header.converter.plugin.version", of_converters)}) {
    const auto written = config.find(key);
    if (written == config.end() || trim(written->second) == "latest") continue;
    const auto range = VersionRange::parse(written->second);
    if (range && range->contains(version)) continue;
    problems.push_back({key, fmt::format("Invalid value {} for configuration {}: {}; the version that is there is {}", shown(written->second), key,
                                         range ? "no plugin has such a version" : "it is no version and no range of versions", version),
                        "", 0, false});
  }
}

void ask_plugin(const CheckedConnector& connector, Problems& problems) {
  if (!SLUICE_HAS(connector.plugin, sluice_plugin, validate)) return;
  const sluice_config config = connector.options->as_config(connector.settings.name, 0, static_cast<uint32_t>(connector.settings.tasks_max));
  sluice_issues issues;
  sluice_error error{};
  const sluice_result result = connector.plugin->validate(&issues, &config, SLUICE_OFFLINE, &error);
  for (Problem& issue : issues.problems) problems.push_back(std::move(issue));
  if (result == SLUICE_OK) return;
  error.message[sizeof error.message - 1] = error.field[sizeof error.field - 1] = '\0';
  problems.push_back({error.field, error.message[0] ? std::string(error.message)
                                                    : fmt::format("the plugin {} could not check its settings and gave no reason",
                                                                  connector.plugin->name), "", 0, false});
}

// What the host has not understood, where the plugin has to translate it; nothing where it has not.
std::optional<FlatConfig> to_translate(const CheckedConnector& connector, Problems& problems) {
  const ConnectorSettings& settings = connector.settings;
  const sluice_plugin& plugin = *connector.plugin;
  if (!translate_extension(plugin)) {
    for (const auto& [key, value] : settings.left_transforms)
      if (key.ends_with(".type"))
        problems.push_back({key, fmt::format("{}: {} changes the fields of records. The host hands records on unread, and the plugin {} has no such "
                                             "transform; remove it", key, shown(value), plugin.name), "", 0, false});
    return std::nullopt;
  }
  const bool pasted = is_alias(plugin, settings.connector_class);
  if (!pasted && settings.left_transforms.empty()) return std::nullopt;
  FlatConfig written = settings.plugin_settings;
  written.insert(settings.left_transforms.begin(), settings.left_transforms.end());
  if (pasted) written.emplace("connector.class", settings.connector_class);
  return written;
}

// Complaints about the plugin's settings, where the user wrote others.
void name_origins(const sluice_plugin& plugin, const FlatConfig& written, Problems& problems) {
  Origins all(plugin, written);
  for (Problem& problem : problems) {
    if (problem.key.empty() || written.contains(problem.key)) continue;
    const std::vector<std::string> origins = all.of(problem.key);
    if (origins.empty()) continue;
    problem.message = fmt::format("{}, translated to {}: {}", fmt::join(origins, ", "), problem.key, problem.message);
    problem.key = origins.front();
  }
}

}  // namespace

std::string class_not_found(const std::string& connector_class, const std::vector<std::string>& available) {
  return fmt::format("Failed to find any class that implements Connector and which name matches {}, available connectors are: {}",
                     shown(connector_class), fmt::join(available, ", "));
}

CheckedConnector check_connector(const FlatConfig& config, const FindPlugin& find, const std::vector<std::string>& available,
                                 const References& references, UnknownKeys unknown, const PluginRules& rules, Problems& problems) {
  const size_t before = problems.size();
  CheckedConnector result;
  for (const auto& [key, value] : config)
    if (key.size() > kKeyBytesMax)  // its file could not be read again
      problems.push_back({key, fmt::format("a setting's name has at most {} bytes: {}", kKeyBytesMax, shown(key)), "", 0, false});
  result.settings = parse_connector_settings(config, problems);
  ConnectorSettings& settings = result.settings;
  check_overrides(settings.consumer_overrides, "consumer.override.", PropertyScope::consumer, references, problems);
  check_overrides(settings.producer_overrides, "producer.override.", PropertyScope::producer, references, problems);
  check_overrides(settings.admin_overrides, "admin.override.", PropertyScope::admin, references, problems);
  if (config.contains("connector.class")) {
    // As written: a class with blanks around it is not found, as in Connect.
    const std::string& name = config.at("connector.class");
    const FoundPlugin found = find(name);
    result.plugin = found.plugin;
    if (!found.also_meant.empty())
      problems.push_back({"connector.class", fmt::format("{} means more than one plugin: {}; write the name of one of them", shown(name),
                                                         fmt::join(found.also_meant, " and ")), "", 0, false});
    else if (!result.plugin)
      problems.push_back({"connector.class", class_not_found(name, available), "", 0, false});
  }
  if (result.plugin) {
    Problems of_options;
    const std::span options(result.plugin->options, result.plugin->option_count);
    check_converters(config, *result.plugin, problems);
    check_versions(config, *result.plugin, problems);
    const auto written = to_translate(result, problems);
    size_t left = 0;  // complaints about what cannot be translated
    if (written) {
      Translation translation = translate(*result.plugin, *written);
      result.settings.plugin_settings = std::move(translation.settings);
      std::ranges::move(translation.left, std::back_inserter(of_options));
      left = of_options.size();
    }
    share_host_settings(config, options, problems, result.settings.plugin_settings);
    result.options = std::make_unique<OptionValues>(result.settings.plugin_settings, options, unknown, references, of_options, rules);
    // That a setting is missing may have no other cause.
    const auto is_missing = [&](const Problem& p) { return !result.settings.plugin_settings.contains(p.key); };
    if (left > 0) of_options.erase(std::remove_if(of_options.begin() + static_cast<std::ptrdiff_t>(left), of_options.end(), is_missing), of_options.end());
    if (!any_error(of_options)) ask_plugin(result, of_options);
    if (written) name_origins(*result.plugin, *written, of_options);
    std::ranges::move(of_options, std::back_inserter(problems));
  }
  std::stable_partition(problems.begin() + static_cast<std::ptrdiff_t>(before), problems.end(),
                        [](const Problem& problem) { return !problem.warning; });
  return result;
}

}  // namespace sluice
