// What the calls of a sink have in common: how a partition is put to it, and that the call is watched. Work thread.
#pragma once
#include <atomic>
#include <cstring>

#include "abi/sluice_plugin.h"
#include "base/topic_partition.h"
#include "task/clock.h"
#include "task/record_source.h"

namespace sluice {

inline sluice_partition to_abi(const TopicPartition& name, const PartitionStart& start, int64_t offset, void* user) {
  sluice_partition p{};
  p.topic = {name.topic.data(), name.topic.size()};
  std::memcpy(p.topic_id, start.topic_id.data(), start.topic_id.size());
  p.partition = name.partition;
  p.leader_epoch = -1;
  p.offset = offset;
  p.epoch = start.generation;
  p.low_watermark = start.low_watermark;
  p.high_watermark = start.high_watermark;
  p.witness_offset = p.witness_crc = p.witness_ts = -1;
  p.user = user;
  return p;
}

// While it lives, the sink is in a call.
class InCall {
 public:
  InCall(std::atomic<Clock::Time::rep>& since, const Clock& clock) : since_(since) { since_ = clock.now().time_since_epoch().count(); }
  ~InCall() { since_ = 0; }
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;

 private:
  std::atomic<Clock::Time::rep>& since_;
};

}  // namespace sluice
