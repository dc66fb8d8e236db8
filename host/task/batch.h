// Records on their way to the sink, grouped into one span a partition, as the ABI wants them. Work thread only; the views
// that it hands out keep the records alive by themselves, so that a sink may hold on to one from any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "abi/sluice_plugin.h"
#include "base/topic_partition.h"
#include "task/bisection.h"
#include "task/record.h"

namespace sluice {

// One partition's share of a batch.
struct BatchPart {
  PartitionHandle handle = 0;
  TopicPartition name;
  std::string routed_topic;    // what the transforms made of the topic's name, else the same
  void* user = nullptr;
  int64_t next_offset = 0;     // after the last record, or further where only control records follow
  int32_t leader_epoch = -1;
  std::vector<Record> records; // offsets ascending; may be empty: the position alone moves
};

// The ABI's view of a batch or a part of one, as put() gets it, with what the host itself needs to know of it. It keeps all
// that it points to alive.
struct LentBatch : sluice_batch {
  struct Contents {
    std::vector<BatchPart> parts;
    std::vector<sluice_record> records;  // all of them; `span` is the index into parts
  };
  std::shared_ptr<const Contents> contents;
  std::vector<uint32_t> part_of_span;
  std::vector<sluice_record> own_records;   // of a part of the batch, with spans of their own; the whole needs no copy
  std::vector<sluice_span> own_spans;
  std::vector<sluice_record> rejected_records;
  std::vector<sluice_error> rejected_why;
  std::vector<sluice_rejected> own_rejected;

  uint32_t first_delivered = 0;      // records of the batch as it was delivered first: what errors.max.share speaks of
  uint32_t rejected_before = 0;      // of those, rejected already, by whomever
  mutable std::set<uint32_t> rejected_by_sink;  // indexes of this view; guarded by Rejects

  const BatchPart& part_of(uint32_t index) const { return contents->parts[part_of_span[records[index].span]]; }
  const Record& origin_of(uint32_t index) const;
};
using BatchView = std::shared_ptr<const LentBatch>;

class Batch {
 public:
  using Part = BatchPart;

  Batch(std::vector<Part> parts, int64_t received_ns);

  uint32_t size() const { return static_cast<uint32_t>(contents_->records.size()); }
  const std::vector<Part>& parts() const { return contents_->parts; }
  // A range of the records, and the rejected ones that no sink has seen yet; a batch without records is viewed whole.
  BatchView view(Bisection::Range range, uint32_t attempt) const;
  const Part& part_of(uint32_t index) const { return parts()[contents_->records[index].span]; }
  // Where the position of the record's partition stands once everything up to the record is done.
  int64_t next_offset_after(uint32_t index) const;

  // The record will not be written; the views to come show it as rejected, until a sink has taken one of them.
  void reject(uint32_t index, const sluice_error& why) { unseen_.push_back({index, why}); }
  void count_rejected(size_t n) { rejected_ += static_cast<uint32_t>(n); }
  bool has_unseen_rejected() const { return !unseen_.empty(); }
  void rejected_seen() { unseen_.clear(); }

 private:
  struct Rejected {
    uint32_t index;
    sluice_error why;
  };
  uint32_t end_of_part(uint32_t part) const;

  std::shared_ptr<LentBatch::Contents> contents_;
  std::vector<uint32_t> first_of_part_;  // index of each part's first record
  std::vector<Rejected> unseen_;         // in order
  uint32_t rejected_ = 0;
  int64_t received_ns_;
};

}  // namespace sluice
