// Complaints about files, as the commands tell them with --json.
#pragma once
#include "base/json.h"
#include "config/problem.h"

namespace sluice {

// [{"severity": "error" or "warning", "file", "line", "key", "message"}]; file and line are null, and key is empty, where there is none.
void write_problems(JsonWriter& json, const Problems& problems);

}  // namespace sluice
