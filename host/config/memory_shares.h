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

// What a process needs beside its tasks' shares: libraries, the Kafka client, a plugin's connection, the heap's holes.
constexpr uint64_t kMemoryOfAProcess = uint64_t{128} << 20;

// Of the whole connector: memory.max, or what goes for it where it is unset.
inline uint64_t memory_of(const ConnectorSettings& settings) {
  return settings.memory_max ? settings.memory_max : (uint64_t{96} << 20) * static_cast<uint64_t>(settings.tasks_max);
}

inline MemoryShares memory_shares(const ConnectorSettings& settings) {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  const uint64_t task = memory_of(settings) / static_cast<uint64_t>(settings.tasks_max);
  return {std::max(task / 6, kMiB), std::max(task / 12, kMiB), std::max(task / 6, kMiB)};
}

}  // namespace sluice
