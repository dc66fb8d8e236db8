#include "kafka/lookup.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/loggers.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace sluice::kafka {
namespace {

constexpr int kAnswerMs = 5000;
constexpr int kControllerMs = 200;

// Zero ids for topics whose id the broker does not tell; the witness then decides.
TopicIds topic_ids(rd_kafka_t* client, std::span<const TopicPartition> partitions) {
  TopicIds ids;
  for (const TopicPartition& p : partitions) ids[p.topic] = {};
  if (!has_controller(client)) return ids;
  std::vector<std::string> topics;
  for (const auto& [topic, id] : ids) topics.push_back(topic);
  const Queue queue(rd_kafka_queue_new(client));
  ask_topic_ids(client, topics, queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), kAnswerMs + 500));
  if (event)
    for (const auto& [topic, id] : read_topic_ids(event.get())) ids[topic] = id;
  return ids;
}

Outcome not_answered(const char* what, rd_kafka_resp_err_t error) {
  return Outcome::retry(fmt::format("Kafka to answer a question for {}: {}", what, rd_kafka_err2str(error)));
}

}  // namespace

Outcome look_up(rd_kafka_t* client, std::span<const TopicPartition> partitions, OffsetReset reset,
                std::vector<PartitionStart>& starts) {
  const PartitionList committed(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& p : partitions) rd_kafka_topic_partition_list_add(committed.get(), p.topic.c_str(), p.partition);
  if (const auto error = rd_kafka_committed(client, committed.get(), kAnswerMs)) return not_answered("committed offsets", error);

  const TopicIds ids = topic_ids(client, partitions);
  const GroupMetadata group(rd_kafka_consumer_group_metadata(client));
  const int64_t generation = group ? rd_kafka_consumer_group_metadata_generation_id(group.get()) : -1;

  starts.clear();
  for (size_t i = 0; i < partitions.size(); ++i) {
    const TopicPartition& p = partitions[i];
    PartitionStart start;
    start.topic_id = ids.at(p.topic);
    start.generation = generation;
    if (const auto error = rd_kafka_query_watermark_offsets(client, p.topic.c_str(), p.partition, &start.low_watermark,
                                                            &start.high_watermark, kAnswerMs))
      return not_answered(("the ends of " + p.text()).c_str(), error);
    const rd_kafka_topic_partition_t& found = committed->elems[i];
    if (found.err) return not_answered(("the committed offset of " + p.text()).c_str(), found.err);
    if (found.offset >= 0) start.committed = found.offset;
    start.committed_as_written =
        std::string_view(static_cast<const char*>(found.metadata), found.metadata_size).find(kWrittenMark) != std::string_view::npos;
    // A commit beyond what the log still has is as good as none.
    const bool usable = start.committed >= start.low_watermark && start.committed <= start.high_watermark;
    if (usable) {
      start.start_offset = start.committed;
    } else if (reset == OffsetReset::none) {
      return Outcome::fatal(fmt::format("{} has no committed offset and auto.offset.reset is none: set it to earliest or "
                                        "latest, or commit an offset for the group", p.text()));
    } else {
      start.start_offset = reset == OffsetReset::earliest ? start.low_watermark : start.high_watermark;
      if (start.committed >= 0)
        kafka_log().warn("{}: the group's committed offset {} lies outside of the log, which has {} to {}; a sink without a position of "
                     "its own begins at {}", p.text(), start.committed, start.low_watermark, start.high_watermark, start.start_offset);
    }
    starts.push_back(start);
  }
  return Outcome::good();
}

bool has_controller(rd_kafka_t* client) {
  const int32_t controller = rd_kafka_controllerid(client, kControllerMs);
  const rd_kafka_metadata_t* answer = nullptr;
  if (controller < 0 || rd_kafka_metadata(client, 0, nullptr, &answer, kAnswerMs)) return false;
  const Metadata metadata(answer);
  return std::any_of(metadata->brokers, metadata->brokers + metadata->broker_cnt,
                     [&](const rd_kafka_metadata_broker_t& broker) { return broker.id == controller; });
}

void ask_topic_ids(rd_kafka_t* client, std::span<const std::string> topics, rd_kafka_queue_t* reply) {
  std::vector<const char*> names;
  for (const std::string& topic : topics) names.push_back(topic.c_str());
  const TopicCollection collection(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  char text[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAnswerMs, text, sizeof text);
  rd_kafka_DescribeTopics(client, collection.get(), options.get(), reply);
}

TopicIds read_topic_ids(rd_kafka_event_t* reply) {
  TopicIds ids;
  const auto* result = rd_kafka_event_DescribeTopics_result(reply);
  if (!result || rd_kafka_event_error(reply)) return ids;
  size_t count = 0;
  const rd_kafka_TopicDescription_t** described = rd_kafka_DescribeTopics_result_topics(result, &count);
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_error_code(rd_kafka_TopicDescription_error(described[i]))) continue;
    const rd_kafka_Uuid_t* uuid = rd_kafka_TopicDescription_topic_id(described[i]);
    if (!uuid) continue;
    const auto high = static_cast<uint64_t>(rd_kafka_Uuid_most_significant_bits(uuid));
    const auto low = static_cast<uint64_t>(rd_kafka_Uuid_least_significant_bits(uuid));
    TopicId& id = ids[rd_kafka_TopicDescription_name(described[i])];
    for (size_t b = 0; b < 8; ++b) {
      id[b] = static_cast<uint8_t>(high >> (56 - 8 * b));
      id[8 + b] = static_cast<uint8_t>(low >> (56 - 8 * b));
    }
  }
  return ids;
}

std::set<TopicPartition> read_partitions(rd_kafka_event_t* reply) {
  std::set<TopicPartition> partitions;
  const auto* result = rd_kafka_event_DescribeTopics_result(reply);
  if (!result || rd_kafka_event_error(reply)) return partitions;
  size_t count = 0, those = 0;
  const rd_kafka_TopicDescription_t** described = rd_kafka_DescribeTopics_result_topics(result, &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_TopicPartitionInfo_t** infos = rd_kafka_TopicDescription_partitions(described[i], &those);
    for (size_t p = 0; p < those; ++p) partitions.insert({rd_kafka_TopicDescription_name(described[i]), rd_kafka_TopicPartitionInfo_partition(infos[p])});
  }
  return partitions;
}

// Left to itself the client looks for the coordinator first, and writes into freed memory where none is found before the request's time is over
// and one is found later (librdkafka up to 2.15, #4605): the process aborts, or a thread of it spins from then on.
void ask_group(rd_kafka_t* client, const std::string& group, int32_t coordinator, rd_kafka_queue_t* reply) {
  const char* groups[] = {group.c_str()};
  const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS));
  char text[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAnswerMs, text, sizeof text);
  rd_kafka_AdminOptions_set_broker(options.get(), coordinator, text, sizeof text);
  rd_kafka_DescribeConsumerGroups(client, groups, 1, options.get(), reply);
}

std::optional<std::set<TopicPartition>> read_owned(rd_kafka_event_t* reply) {
  const auto* result = rd_kafka_event_DescribeConsumerGroups_result(reply);
  if (!result || rd_kafka_event_error(reply)) return std::nullopt;
  size_t count = 0;
  const rd_kafka_ConsumerGroupDescription_t** groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
  if (count != 1 || rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(groups[0])) ||
      rd_kafka_ConsumerGroupDescription_state(groups[0]) != RD_KAFKA_CONSUMER_GROUP_STATE_STABLE)
    return std::nullopt;
  std::set<TopicPartition> owned;
  for (size_t m = 0; m < rd_kafka_ConsumerGroupDescription_member_count(groups[0]); ++m) {
    const auto* assignment = rd_kafka_MemberDescription_assignment(rd_kafka_ConsumerGroupDescription_member(groups[0], m));
    const rd_kafka_topic_partition_list_t* list = assignment ? rd_kafka_MemberAssignment_partitions(assignment) : nullptr;
    for (int i = 0; list && i < list->cnt; ++i) owned.insert({list->elems[i].topic, list->elems[i].partition});
  }
  return owned;
}

void ask_ends(rd_kafka_t* client, std::span<const TopicPartition> partitions, rd_kafka_queue_t* reply) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& p : partitions)
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
  const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_LISTOFFSETS));
  char text[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAnswerMs, text, sizeof text);
  rd_kafka_ListOffsets(client, list.get(), options.get(), reply);
}

std::map<TopicPartition, int64_t> read_ends(rd_kafka_event_t* reply) {
  std::map<TopicPartition, int64_t> ends;
  const auto* result = rd_kafka_event_ListOffsets_result(reply);
  if (!result || rd_kafka_event_error(reply)) return ends;
  size_t count = 0;
  const rd_kafka_ListOffsetsResultInfo_t** infos = rd_kafka_ListOffsets_result_infos(result, &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_topic_partition_t* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    if (!found->err && found->offset >= 0) ends[{found->topic, found->partition}] = found->offset;
  }
  return ends;
}

}  // namespace sluice::kafka
