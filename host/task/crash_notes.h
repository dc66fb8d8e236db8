// The crash-loop breaker of one task. What its sink has in hand is noted (base/call_note.h) before it is given it, in a file of
// state.dir; a crash leaves the note behind. The next life of the task reads it: after three crashes on the same records these come in
// ever smaller parts, until the one that crashes the plugin stands alone, and that one is not given to it any more. A plugin that
// crashes three times elsewhere, in create() for instance, is not called any more.
//
// Only what the crash handler has noted counts: a process that was killed, by a person or for memory, says nothing about a record.
// Work thread only, but for what says otherwise.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/call_note.h"
#include "base/topic_partition.h"
#include "task/batch.h"

namespace sluice {

class CrashNotes {
 public:
  struct Who {
    std::string connector;
    int task = 0;
    std::string plugin;
    uint32_t plugin_mark = 0;  // of its file: another build is innocent
    bool own_process = false;  // what crashes the process is this plugin, whatever thread it is on
  };
  // Opens the file or makes it, so that it cannot run out of disk later; -1: there is none, and what is noted dies with the process.
  static int open_file(const std::filesystem::path& file);
  // For people: "in put of plugin x, orders-0 offsets 5..9"; empty where the process did not die in a call of the plugin. Any thread.
  static std::string last_words(const std::filesystem::path& file);

  // Takes the file over, and draws the conclusions from what it finds in there.
  CrashNotes(int file, const Who& who);
  ~CrashNotes();
  CrashNotes(const CrashNotes&) = delete;
  CrashNotes& operator=(const CrashNotes&) = delete;

  // Why the plugin is not to be called any more; empty: it is. One more try comes with the next start.
  const std::string& given_up() const { return given_up_; }

  // From how many records on a batch is to be given in parts, since it may hold the one that crashes the plugin; 0: no limit.
  uint32_t part_size(const std::vector<BatchPart>& parts) const;
  // The record that crashed the plugin. `why` tells people.
  bool is_guilty(const TopicPartition& partition, int64_t offset, std::string& why) const;

  CallNote* note() { return &file_->now; }
  // The sink is about to be given these, beside what of these partitions is not durable yet: from `durable` on, or -1.
  void in_hand(const LentBatch& batch, const std::vector<int64_t>& durable);
  // Everything before this offset is durable, or given up on.
  void passed(const TopicPartition& partition, int64_t next_offset);
  void all_durable();  // nothing is in hand any more
  void sink_works();   // a call that could have crashed has not

 private:
  struct File {
    CallNote now;
    // What is suspected, from the lives before.
    uint32_t crashes;        // in a row, on these records
    uint32_t elsewhere;      // in a row, without records in hand
    uint32_t part_size;      // 0: not limited yet
    uint32_t alone;          // it is one record, and is guilty
    int32_t signal;          // the last one
    uint32_t range_count;
    uint32_t ranges_left_out;
    NotedRange ranges[CallNote::kMostRanges];
  };

  void conclude();
  void conclude_on_records();
  bool suspects_overlap() const;

  File* file_ = nullptr;  // mapped
  std::string given_up_;
};

}  // namespace sluice
