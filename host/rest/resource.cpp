#include "rest/resource.h"
#include <fmt/format.h>
#include "rest/views.h"

namespace sluice {

std::optional<RestResponse> refusal_of(const CommandResult& result) {
  switch (result.kind) {
    case CommandResult::Kind::done:
    case CommandResult::Kind::created: return std::nullopt;
    case CommandResult::Kind::not_found: return error_response(404, result.message);
    case CommandResult::Kind::invalid: return error_response(400, result.message);
    case CommandResult::Kind::not_yet:
    case CommandResult::Kind::not_kept: return error_response(500, result.message);
    case CommandResult::Kind::exists:
    case CommandResult::Kind::managed_by_file: break;
  }
  return error_response(409, result.message);
}

RestResponse connector_not_found(const std::string& name) { return error_response(404, fmt::format("Connector {} not found", name)); }

}  // namespace sluice
