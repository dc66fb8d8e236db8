#include "rest/plugins_api.h"

#include <fmt/format.h>

#include "base/version_range.h"
#include "config/builtin_classes.h"
#include "rest/bodies.h"
#include "rest/validation.h"
#include "rest/views.h"

namespace sluice {
namespace {

PluginInfo info_of(const BuiltinClass& known) { return {std::string(known.name), std::string(known.type), std::string(known.version)}; }

RestResponse list(const Backend& backend, const Call& call) {
  std::vector<PluginInfo> plugins = backend.plugins();
  if (!call.target.flag("connectorsOnly", true))
    for (const BuiltinClass& known : builtin_classes()) plugins.push_back(info_of(known));
  return json_response(200, [&](JsonWriter& json) { write_plugins(json, plugins); });
}

// KIP-891. There is one version of each plugin; the parameter asks whether that one will do.
std::optional<RestResponse> refuse_version(const Call& call, const PluginInfo& plugin) {
  const std::string* asked = call.target.find("version");
  if (!asked || *asked == "latest") return std::nullopt;
  const std::optional<VersionRange> range = VersionRange::parse(*asked);
  if (!range) return error_response(400, fmt::format("Invalid version specification: {}", *asked));
  if (range->contains(plugin.version)) return std::nullopt;
  return error_response(400, fmt::format("Plugin {} not found that matches the version range {}, available versions: [{}]", plugin.name,
                                         range->text(), plugin.version));
}

// A connector's own settings first, then the host's; of any other class its own only.
RestResponse config(const Backend& backend, const Call& call) {
  PluginInfo plugin;
  std::vector<SettingDefinition> settings;
  if (auto described = backend.describe(call.name)) {
    plugin = described->plugin;
    settings = std::move(described->settings);
    for (SettingDefinition& setting : host_settings(plugin)) settings.push_back(std::move(setting));
  } else if (const BuiltinClass* known = find_builtin(call.name)) {
    plugin = info_of(*known);
    settings = known->settings;
  } else {
    return error_response(404, fmt::format("Unknown plugin {}.", call.name));
  }
  if (auto refusal = refuse_version(call, plugin)) return std::move(*refusal);
  return json_response(200, [&](JsonWriter& json) {
    json.begin_array();
    for (const SettingDefinition& setting : settings) write_definition(json, setting);
    json.end_array();
  });
}

RestResponse validate_body(const Backend& backend, const Call& call) {
  const auto parsed = parse_patch(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  return validate(backend, call.name, std::get<ConfigPatch>(parsed));
}

}  // namespace

std::vector<Resource> plugin_resources(const Backend& backend) {
  const auto with = [&](auto function) { return [&backend, function](const Call& call) { return function(backend, call); }; };
  return {
      {"/connector-plugins", {{"GET", Pace::at_once, with(list)}}},
      {"/connector-plugins/{n}/config", {{"GET", Pace::at_once, with(config)}}},
      // The plugin is asked, and secrets are read from files.
      {"/connector-plugins/{n}/config/validate", {{"PUT", Pace::command, with(validate_body), true}}},
  };
}

}  // namespace sluice
