// What a task reports and counts, as JSON and back. Both sides are the same program, so there is no other version to get on with.
#pragma once
#include "base/json.h"
#include "task/running_task.h"

namespace sluice {

void write_report(JsonWriter& json, const TaskReport& report);
TaskReport read_report(const JsonValue& json);

void write_figures(JsonWriter& json, const TaskFigures& figures);
TaskFigures read_figures(const JsonValue& json);

}  // namespace sluice
