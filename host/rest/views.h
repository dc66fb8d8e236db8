// What REST shows, as JSON in Connect's shapes, and its error body.
#pragma once
#include <string>
#include <vector>
#include "base/json.h"
#include "connector/backend.h"
#include "connector/status.h"
#include "rest/http.h"

namespace sluice {

// {"error_code", "message"}, the one shape of all errors.
RestResponse error_response(int status, const std::string& message);
// Connect's text where it has nothing more to say: "HTTP 404 Not Found".
RestResponse plain_error(int status);

void write_config(JsonWriter& json, const FlatConfig& config);
void write_info(JsonWriter& json, const ConnectorInfo& info);
void write_status(JsonWriter& json, const ConnectorStatus& status, const std::string& worker_id);
void write_task_status(JsonWriter& json, const TaskStatus& task, const ConnectorStatus& of, const std::string& worker_id);
void write_tasks(JsonWriter& json, const ConnectorInfo& info);
void write_plugins(JsonWriter& json, const std::vector<PluginInfo>& plugins);

}  // namespace sluice
