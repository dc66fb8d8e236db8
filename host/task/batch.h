// Records on their way to the sink, grouped into one span a partition, as the ABI wants them. Work thread only; the views
// that it hands out keep the records alive by themselves, so that a sink may hold on to one from any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "abi/sluice_plugin.h"
#include "base/topic_partition.h"
#include "task/bisection.h"
#include "task/record.h"

namespace sluice {

// What put() gets. The pointer keeps everything that the batch points to alive.
using BatchView = std::shared_ptr<const sluice_batch>;

class Batch {
 public:
  struct Part {                  // one partition's share
    PartitionHandle handle = 0;
    TopicPartition name;
    void* user = nullptr;
    int64_t next_offset = 0;     // after the last record, or further where only control records follow
    int32_t leader_epoch = -1;
    std::vector<Record> records; // offsets ascending; may be empty: the position alone moves
  };

  Batch(std::vector<Part> parts, int64_t received_ns);

  uint32_t size() const { return static_cast<uint32_t>(contents_->records.size()); }
  const std::vector<Part>& parts() const { return contents_->parts; }
  // The ABI's view of a range of the records; a batch without records is viewed whole.
  BatchView view(Bisection::Range range, uint32_t attempt);
  // The partition of a span of the last view.
  PartitionHandle handle_of_span(uint32_t span) const { return span_handles_[span]; }
  // The record at an index of the whole batch, and its partition.
  const sluice_record& record(uint32_t index) const { return contents_->records[index]; }
  const TopicPartition& partition_of(uint32_t index) const { return contents_->parts[record(index).span].name; }

 private:
  struct Contents {
    std::vector<Part> parts;
    std::vector<sluice_record> records;  // all of them; `span` is the index into parts
  };
  std::shared_ptr<Contents> contents_;
  std::vector<PartitionHandle> span_handles_;
  int64_t received_ns_;
};

}  // namespace sluice
