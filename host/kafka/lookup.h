// Questions to the broker that a claim needs answered: committed offsets, watermarks, topic ids. Each waits at most a few
// seconds for an answer. Work thread.
#pragma once
#include <span>
#include <vector>

#include "base/outcome.h"
#include "base/topic_partition.h"
#include "kafka/handles.h"
#include "task/record_source.h"

namespace sluice::kafka {

enum class OffsetReset { earliest, latest, none };  // the user's auto.offset.reset: for a partition without any position

Outcome look_up(rd_kafka_t* client, std::span<const TopicPartition> partitions, OffsetReset reset,
                std::vector<PartitionStart>& starts);

}  // namespace sluice::kafka
