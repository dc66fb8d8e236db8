// All that sluice counts, as Prometheus reads it. The words are those of Kafka Connect's own metrics (README.md beside this file).
#pragma once
#include <span>
#include <string>

#include "connector/figures.h"
#include "metrics/process.h"

namespace sluice {

// Text exposition format, version 0.0.4.
std::string exposition(std::span<const ConnectorFigures> connectors, const ProcessFigures& process);

}  // namespace sluice
