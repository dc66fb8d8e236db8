// openapi.json beside this file, as it is served.
#pragma once
#include <string_view>

namespace sluice {

extern const std::string_view kOpenApi;

}  // namespace sluice
