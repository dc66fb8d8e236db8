// Questions to the broker: committed offsets, watermarks, topic ids. look_up() waits at most a few seconds for each answer
// (work thread); the rest does not wait.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "base/topic_partition.h"
#include "kafka/handles.h"
#include "task/record_source.h"

namespace sluice::kafka {

enum class OffsetReset { earliest, latest, none };  // the user's auto.offset.reset: for a partition without any position
using TopicIds = std::map<std::string, TopicId>;

// In the metadata of a commit: the sink had written records of the partition (PartitionPosition::written). Plain text, since
// other tools show it.
constexpr const char* kWrittenMark = "{\"sluice\":\"written\"}";

Outcome look_up(rd_kafka_t* client, std::span<const TopicPartition> partitions, OffsetReset reset,
                std::vector<PartitionStart>& starts);

// Whether there is a controller to ask. Where there is none a request to it would wait in vain: librdkafka's mock cluster names
// broker 0, which it does not have.
bool has_controller(rd_kafka_t* client);

// Asks for the ids of topics; the answer arrives on `reply`. read_topic_ids() leaves out what the broker does not tell.
void ask_topic_ids(rd_kafka_t* client, std::span<const std::string> topics, rd_kafka_queue_t* reply);
TopicIds read_topic_ids(rd_kafka_event_t* reply);
std::set<TopicPartition> read_partitions(rd_kafka_event_t* reply);  // of these topics, all that there are

// Which partitions the members of a group have, in the same way; asks the broker that coordinates it. Nothing where the group is not stable,
// or not all is told.
void ask_group(rd_kafka_t* client, const std::string& group, int32_t coordinator, rd_kafka_queue_t* reply);
std::optional<std::set<TopicPartition>> read_owned(rd_kafka_event_t* reply);

// The same for the ends of partitions, transactions that are open included. Without those that the broker does not tell.
void ask_ends(rd_kafka_t* client, std::span<const TopicPartition> partitions, rd_kafka_queue_t* reply);
std::map<TopicPartition, int64_t> read_ends(rd_kafka_event_t* reply);

}  // namespace sluice::kafka
