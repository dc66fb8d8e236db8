// Request bodies that carry a configuration, checked for shape. What Connect answers with 500 and a Java text is the
// client's error, hence 400 (D1).
#pragma once
#include <string>
#include <variant>
#include "base/json.h"
#include "connector/status.h"
#include "rest/http.h"

namespace sluice {

struct CreateRequest {
  std::string name;  // trimmed; empty where there is none
  FlatConfig config;
  TargetState initial = TargetState::running;
};

std::variant<CreateRequest, RestResponse> parse_create(const std::string& body);
std::variant<FlatConfig, RestResponse> parse_config(const std::string& body);
std::variant<ConfigPatch, RestResponse> parse_patch(const std::string& body);  // also for validate, which names each null

// A body that is a JSON object; `what` names it in messages.
std::variant<JsonValue, RestResponse> parse_object(const std::string& body, const char* what);

}  // namespace sluice
