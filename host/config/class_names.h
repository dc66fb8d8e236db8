// What people write for connector.class, held against a plugin (connect-rest section 4.3). Pure.
#pragma once
#include <string_view>

#include "abi/sluice_plugin.h"

namespace sluice {

// An alias is a class of Connect and is found as Connect finds one, capitals included: by its full name, its simple name, and that
// without Connector.
bool is_alias(const sluice_plugin& plugin, std::string_view name);

// The plugin's own name as a class: any capitals, dashes or none, any dotted prefix, the suffix Connector or none.
bool is_form_of_name(const sluice_plugin& plugin, std::string_view name);

}  // namespace sluice
