#include "cli/problems_json.h"

namespace sluice {

void write_problems(JsonWriter& json, const Problems& problems) {
  json.begin_array();
  for (const Problem& problem : problems) {
    json.begin_object().text("severity", problem.warning ? "warning" : "error").key("file");
    if (problem.file.empty()) json.null();
    else json.text(problem.file);
    json.key("line");
    if (problem.line == 0) json.null();
    else json.number(problem.line);
    json.text("key", problem.key).text("message", problem.message).end_object();
  }
  json.end_array();
}

}  // namespace sluice
