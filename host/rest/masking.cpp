#include "rest/masking.h"
#include <fmt/format.h>
#include "config/client_properties.h"
#include "config/references.h"
#include "config/scalars.h"
#include "rest/views.h"

namespace sluice {
namespace {

constexpr const char* kClass = "connector.class";

std::string class_of(const FlatConfig& config) {
  const auto found = config.find(kClass);
  return found == config.end() ? "" : found->second;
}

bool is_secret(const Backend& backend, const std::string& connector_class, const std::string& key) {
  return names_a_secret(key) || backend.is_secret(connector_class, key);
}

RestResponse nothing_to_keep(const std::string& key) {
  return error_response(400, fmt::format("{} is {}, which stands for a secret that is not shown, and none is stored; write a reference to it, "
                                         "such as ${{env:SLUICE_PASSWORD}}", shown(key), kMask));
}

// `value` is where the new one stands, or null.
std::optional<RestResponse> keep(const std::string& key, std::string* value, const std::string& connector_class, const FlatConfig& stored,
                                 const Backend& backend) {
  if (!value || *value != kMask || !is_secret(backend, connector_class, key)) return std::nullopt;
  const auto old = stored.find(key);
  if (old == stored.end()) return nothing_to_keep(key);
  *value = old->second;
  return std::nullopt;
}

}  // namespace

FlatConfig masked(FlatConfig config, const Backend& backend) {
  const std::string connector_class = class_of(config);
  for (auto& [key, value] : config)
    if (!holds_reference(value) && is_secret(backend, connector_class, key)) value = kMask;
  return config;
}

std::optional<RestResponse> keep_masked(FlatConfig& config, const FlatConfig& stored, const Backend& backend) {
  const std::string connector_class = class_of(config);
  for (auto& [key, value] : config)
    if (auto refusal = keep(key, &value, connector_class, stored, backend)) return refusal;
  return std::nullopt;
}

std::optional<RestResponse> keep_masked(ConfigPatch& patch, const FlatConfig& stored, const Backend& backend) {
  const auto changed = patch.find(kClass);
  const std::string connector_class = changed == patch.end() ? class_of(stored) : changed->second.value_or("");
  for (auto& [key, value] : patch)
    if (auto refusal = keep(key, value ? &*value : nullptr, connector_class, stored, backend)) return refusal;
  return std::nullopt;
}

}  // namespace sluice
