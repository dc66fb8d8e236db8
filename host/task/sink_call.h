// What the calls of a sink have in common: how a partition is put to it, and that the call is watched. Work thread.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "abi/sluice_plugin.h"
#include "base/call_note.h"
#include "base/crash_handler.h"
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

// The call that the sink is in, for those who watch it: any thread.
struct WatchedCall {
  std::atomic<Clock::Time::rep> since{0};  // 0: it is in none
  std::atomic<const char*> name{""};
  std::atomic<pid_t> thread{0};
};

// While it lives, the sink is in a call: whoever watches sees it, and a crash is told and noted as this call's. `note` may be null.
class InCall {
 public:
  InCall(WatchedCall& watched, const Clock& clock, const char* plugin, const char* name, CallNote* note)
      : watched_(watched), note_(note), scope_(plugin, name, note) {
    watched_.name = name;
    watched_.thread = static_cast<pid_t>(syscall(SYS_gettid));
    watched_.since = clock.now().time_since_epoch().count();
    if (note_) keep_text(note_->call, name);
  }
  ~InCall() {
    if (note_) note_->call[0] = '\0';
    watched_.since = 0;
  }
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;

 private:
  WatchedCall& watched_;
  CallNote* const note_;
  const CrashScope scope_;
};

}  // namespace sluice
