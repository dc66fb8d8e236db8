// The body of PATCH /connectors/{c}/offsets: which partitions shall begin where. Pure.
#pragma once
#include <string>
#include <variant>
#include "base/json.h"
#include "connector/offsets.h"
#include "rest/http.h"

namespace sluice {

// The list of edits, not looked into yet: Connect asks for the connector and its state first.
std::variant<JsonValue, RestResponse> parse_offsets_list(const std::string& body);

std::variant<OffsetEdits, RestResponse> to_offset_edits(const JsonValue& list);

}  // namespace sluice
