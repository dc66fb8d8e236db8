// Whether the host's process takes more memory than its tasks may: whose it is nobody can tell there, only that somebody keeps what he should
// not. `isolation: process` tells it of each connector (host/worker). One thread at a time.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "connector/figures.h"

namespace sluice {

// Bytes: the bounds of the tasks that run in this process, and what a process needs besides.
uint64_t expected_memory(std::span<const ConnectorFigures> connectors);

class MemoryAlarm {
 public:
  // One sentence to tell, when it begins; else empty.
  std::string look(uint64_t resident_bytes, std::span<const ConnectorFigures> connectors);

 private:
  bool on_ = false;
};

}  // namespace sluice
