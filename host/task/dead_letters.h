// Where rejected records go: what a task needs from a dead-letter topic. Implemented by kafka/dead_letters.h, faked in tests.
// One call at a time, from any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/outcome.h"

namespace sluice {

struct DeadLetter {
  struct Header {
    std::string name;
    std::optional<std::string> value;  // none = null
  };
  const void* key = nullptr;    // null = no key; borrowed, as the value is
  const void* value = nullptr;  // null = tombstone
  uint32_t key_len = 0;
  uint32_t value_len = 0;
  int64_t timestamp_ms = -1;    // -1 = none
  std::vector<Header> headers;
  bool acknowledged = false;    // out: it is in the topic, durably
};

class DeadLetterQueue {
 public:
  virtual ~DeadLetterQueue() = default;
  // OK: all are acknowledged. Retry: some may be. Waits about 15 s at most, less once `interrupted` is set.
  virtual Outcome send(std::span<DeadLetter> letters, const std::atomic<bool>& interrupted) = 0;
};

// Called for the first letter, since most tasks never have one. May throw std::runtime_error with one sentence.
using DeadLetterQueueFactory = std::function<std::unique_ptr<DeadLetterQueue>()>;

}  // namespace sluice
