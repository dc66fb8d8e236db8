// What a Kafka consumer of a connector is made with: the host file's properties, the connector's over them, and its group.
#pragma once
#include <map>
#include <string>
#include <utility>

#include "config/connector_settings.h"
#include "config/host_config.h"

namespace sluice {

// The group and librdkafka's properties. auto.offset.reset is not among them: it is the host's to apply.
std::pair<std::string, std::map<std::string, std::string>> consumer_properties(const HostConfig& host, const ConnectorSettings& settings);

}  // namespace sluice
