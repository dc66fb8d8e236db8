#include "rest/plugins_api.h"
#include "rest/views.h"

namespace sluice {

std::vector<Resource> plugin_resources(const Backend& backend) {
  const auto list = [&](const Call&) {
    return json_response(200, [&](JsonWriter& json) { write_plugins(json, backend.plugins()); });
  };
  return {{"/connector-plugins", {{"GET", Pace::at_once, list}}}};
}

}  // namespace sluice
