// One message, seen without copying; it keeps the memory behind it alive. Made by a record source, used on the work thread.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "abi/sluice_plugin.h"

namespace sluice {

// Names one partition for as long as it is assigned to this task. A partition that is lost and gained again gets a new
// handle, so that a record of the former assignment cannot be taken for one of the new.
using PartitionHandle = uint32_t;

struct Record {
  PartitionHandle partition = 0;
  int32_t leader_epoch = -1;   // -1 = unknown
  int64_t offset = 0;
  int64_t timestamp_ms = -1;   // Unix epoch; -1 = none
  const void* key = nullptr;   // null = no key
  const void* value = nullptr; // null = tombstone
  uint32_t key_len = 0;
  uint32_t value_len = 0;
  bool log_append_time = false;
  bool superseded = false;     // a dead letter of which the topic holds a later record of the same key
  std::vector<sluice_header> headers;  // only where the sink wants them, after transforms
  bool headers_changed = false;        // by a transform: a dead letter has those of the record as it was read
  std::unique_ptr<void, void (*)(void*)> memory{nullptr, [](void*) {}};
  // Reads the headers out of `memory`, for a record that becomes a dead letter: parsing them for all would cost every record.
  std::vector<sluice_header> (*read_headers)(void* memory) = nullptr;

  std::vector<sluice_header> all_headers() const { return (headers.empty() || headers_changed) && read_headers ? read_headers(memory.get()) : headers; }
  uint64_t bytes() const { return uint64_t{key_len} + value_len; }
};

}  // namespace sluice
