// Connect's checks of a connector's configuration, in Connect's order and words, around what the backend knows.
#pragma once
#include <optional>
#include <string>
#include "connector/backend.h"
#include "connector/status.h"

namespace sluice {

struct ConfigVerdict {
  CheckedConfig checked;
  Problems errors;  // none: the configuration may run
};

// `config` holds `name`. Warnings are logged here, where there are no errors.
ConfigVerdict check_config(const Backend& backend, const FlatConfig& config, ConfigOrigin origin);

// Completes `config` with `name`, or refuses one that names another connector.
std::optional<CommandResult> put_name(const std::string& name, FlatConfig& config);

// What REST answers to a configuration with errors. Clients match on these texts.
CommandResult refuse_config(const Problems& errors);
inline constexpr const char* kNoConnectorType = "Connector config contains no connector type";

}  // namespace sluice
