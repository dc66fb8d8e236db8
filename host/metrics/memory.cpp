#include "metrics/memory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "config/memory_shares.h"

namespace sluice {
namespace {

uint64_t bound_of(const ConnectorFigures& connector) {
  uint64_t sum = 0;
  for (const TaskFigures& task : connector.tasks) sum += task.memory_bound;
  return sum;
}

}  // namespace

uint64_t expected_memory(std::span<const ConnectorFigures> connectors) {
  uint64_t sum = kMemoryOfAProcess;
  for (const ConnectorFigures& connector : connectors) sum += bound_of(connector);
  return sum;
}

std::string MemoryAlarm::look(uint64_t resident_bytes, std::span<const ConnectorFigures> connectors) {
  const uint64_t expected = expected_memory(connectors);
  // Around the bound it would be told again and again.
  if (resident_bytes < expected - expected / 10) on_ = false;
  if (on_ || resident_bytes <= expected) return "";
  on_ = true;
  std::vector<std::string> here;
  for (const ConnectorFigures& connector : connectors)
    if (bound_of(connector) > 0) here.push_back(connector.status.name);
  return fmt::format("memory: this process has {} MiB in use, more than {} MiB, which is memory.max of its connectors and what a process needs "
                     "besides. One of the plugins keeps what it should not, or sluice does. Running in it: {}. isolation: process, set on one "
                     "connector after the other, shows which it is", resident_bytes >> 20, expected >> 20, fmt::join(here, ", "));
}

}  // namespace sluice
