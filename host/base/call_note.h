// What a task is doing with its sink at this moment, in memory that outlives the process: a file of state.dir, mapped. Plain stores
// suffice, since the kernel keeps a mapped page whatever ends the process. Who reads it: the crash handler, and the next life of the
// task (task/crash_notes.h). A plain structure of fixed size, written by the task's work thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice {

// Records of one partition, both ends included.
struct NotedRange {
  char topic[256];  // Kafka allows 249 bytes
  int64_t first = 0, last = -1;
  int32_t partition = 0;
  int32_t reserved = 0;
};

struct CallNote {
  static constexpr uint32_t kMostRanges = 64;

  char connector[208];
  char plugin[72];
  char call[40];             // the plugin's function; empty: none is called
  int32_t task;
  int32_t signal;            // the crash handler's: what the process died of; 0: it did not crash
  uint32_t records;          // of the last batch
  uint32_t range_count;      // records that the sink was given and that are not durable yet
  uint32_t ranges_left_out;  // there were too many
  uint32_t plugin_mark;      // which build of the plugin it speaks of
  NotedRange ranges[kMostRanges];
};

template <size_t N>
void keep_text(char (&to)[N], std::string_view text) {
  const size_t length = std::min(text.size(), N - 1);
  std::memcpy(to, text.data(), length);
  to[length] = '\0';
}

}  // namespace sluice
