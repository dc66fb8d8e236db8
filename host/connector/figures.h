// A connector with all that its tasks have counted: for metrics and the page. Plain values; any thread.
#pragma once
#include <string>
#include <vector>

#include "connector/status.h"
#include "task/figures.h"

namespace sluice {

struct ConnectorFigures {
  ConnectorStatus status;
  std::string plugin;              // its own name, whatever name of it the configuration has; empty where it is not known
  std::vector<TaskFigures> tasks;  // of status.tasks, one for one; one that does not run has counted nothing
};

}  // namespace sluice
