// What `memory.max` means for one task of a connector.
#pragma once
#include <algorithm>
#include <cstdint>

#include "config/connector_settings.h"

namespace sluice {

// Bytes of keys and values. What librdkafka and we keep beside a small record is about as much again, and a heap has holes: so
// they are less than half of the whole.
struct MemoryShares {
  uint64_t queue;  // read, and waiting in librdkafka
  uint64_t fetch;  // on the way in; the queue is full only once it has come
  uint64_t batch;  // in hand
};

inline MemoryShares memory_shares(const ConnectorSettings& settings) {
  constexpr uint64_t kMiB = uint64_t{1} << 20, kUnset = 96 * kMiB;
  const uint64_t task = settings.memory_max == 0 ? kUnset : settings.memory_max / static_cast<uint64_t>(settings.tasks_max);
  return {std::max(task / 6, kMiB), std::max(task / 12, kMiB), std::max(task / 6, kMiB)};
}

}  // namespace sluice
