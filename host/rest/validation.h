// PUT /connector-plugins/{p}/config/validate: a configuration judged setting by setting, as Connect's ConfigInfos. Forms of
// web pages are drawn from it. Nothing is stored, nothing started.
#pragma once
#include <string>
#include "base/json.h"
#include "connector/backend.h"
#include "connector/status.h"
#include "rest/http.h"

namespace sluice {

// `plugin`: {p} of the path. `config` as sent, with its nulls.
RestResponse validate(const Backend& backend, const std::string& plugin, const ConfigPatch& config);

// ConfigKeyInfo.
void write_definition(JsonWriter& json, const SettingDefinition& definition);

// Connect's common settings and sluice's own, with the plugin's version where it is asked for.
std::vector<SettingDefinition> host_settings(const PluginInfo& plugin);

}  // namespace sluice
