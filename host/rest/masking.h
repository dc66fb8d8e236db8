// Literal secrets in configurations, as those see them who may not (D8): ***. What comes back as *** is what is stored, so that
// reading a configuration and writing it again changes nothing. References, `${...}`, hold no secret and are shown as written.
#pragma once
#include <optional>
#include <string>
#include "connector/backend.h"
#include "connector/status.h"
#include "rest/http.h"

namespace sluice {

inline constexpr const char* kMask = "***";

FlatConfig masked(FlatConfig config, const Backend& backend);

// Puts what `stored` has in the place of each ***; 400 where it has nothing to keep.
std::optional<RestResponse> keep_masked(FlatConfig& config, const FlatConfig& stored, const Backend& backend);
std::optional<RestResponse> keep_masked(ConfigPatch& patch, const FlatConfig& stored, const Backend& backend);

}  // namespace sluice
