#include "config/consumer_properties.h"

namespace sluice {

std::pair<std::string, std::map<std::string, std::string>> consumer_properties(const HostConfig& host, const ConnectorSettings& settings) {
  std::map<std::string, std::string> properties = host.kafka_properties;
  properties["bootstrap.servers"] = host.kafka_bootstrap_servers;
  for (const auto& [key, value] : settings.consumer_overrides) properties[key] = value;
  properties.erase("auto.offset.reset");
  const auto group = properties.extract("group.id");
  return {group.empty() ? "connect-" + settings.name : group.mapped(), std::move(properties)};
}

}  // namespace sluice
