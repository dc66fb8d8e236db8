// The offsets of a connector as REST shows and sets them. Plain values.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include "base/topic_partition.h"

namespace sluice {

// Where a partition is to begin.
struct OffsetEdit {
  enum class To { offset, time, earliest, latest, unset } to = To::offset;
  int64_t value = 0;  // an offset, or milliseconds of the epoch
};
using OffsetEdits = std::map<TopicPartition, OffsetEdit>;

struct OffsetsAnswer {
  enum class Kind { done, invalid, failed } kind = Kind::done;  // invalid: the caller's error; failed: somebody did not answer
  std::string message;                       // for people, where it is not done
  std::map<TopicPartition, int64_t> offsets;  // read: the next one of each partition that has one
};

}  // namespace sluice
