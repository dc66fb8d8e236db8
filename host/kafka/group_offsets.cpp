#include "kafka/group_offsets.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <vector>

#include "kafka/client_conf.h"
#include "kafka/free_client.h"

namespace sluice::kafka {
namespace {

using namespace std::chrono_literals;

constexpr int kAnswerMs = 5000;
// A static member that has left is gone at once; one that was killed, after session.timeout.ms, which is 10 s.
constexpr auto kMembersLeave = 12s;
constexpr auto kAskAgain = 500ms;

using AlterRequest = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t, Destroyer<rd_kafka_AlterConsumerGroupOffsets_destroy>>;
using DeleteRequest = std::unique_ptr<rd_kafka_DeleteConsumerGroupOffsets_t, Destroyer<rd_kafka_DeleteConsumerGroupOffsets_destroy>>;

bool has_members(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || error == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP ||
         error == RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC || error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
}

Outcome not_told(const std::string& what, const std::string& why) {
  return Outcome::retry(fmt::format("Kafka to tell {}: {}", what, why));
}

PartitionList list_of(std::span<const TopicPartition> partitions) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& p : partitions) rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
  return list;
}

PartitionList list_of(const Offsets& offsets) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [p, offset] : offsets) rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = offset;
  return list;
}

// The first error that an admin request's answer tells, of the whole or of a group's partition.
rd_kafka_resp_err_t error_of(rd_kafka_event_t* answer, const rd_kafka_group_result_t** results, size_t count) {
  if (const auto error = rd_kafka_event_error(answer)) return error;
  for (size_t i = 0; i < count; ++i) {
    if (const rd_kafka_error_t* error = rd_kafka_group_result_error(results[i])) return rd_kafka_error_code(error);
    const rd_kafka_topic_partition_list_t* partitions = rd_kafka_group_result_partitions(results[i]);
    for (int p = 0; partitions && p < partitions->cnt; ++p)
      if (partitions->elems[p].err) return partitions->elems[p].err;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

GroupOffsets::GroupOffsets(const std::string& name, const std::string& group, const std::map<std::string, std::string>& properties)
    : name_(name), group_(group) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [key, value] : properties) set_or_throw(conf, name_, key, value);
  set_or_throw(conf, name_, "group.id", group_);
  set_or_throw(conf, name_, "client.id", "sluice-" + name_ + "-offsets");
  set_or_throw(conf, name_, "enable.auto.commit", "false");
  set_or_throw(conf, name_, "allow.auto.create.topics", "false");
  set_or_throw(conf, name_, "socket.connection.setup.timeout.ms", "5000");
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});  // what fails is told by the outcome
  client_ = new_consumer(conf, name_);
}

GroupOffsets::~GroupOffsets() { free_client(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, name_); }

Outcome GroupOffsets::topics(std::map<std::string, int32_t>& partitions_of) {
  const rd_kafka_metadata_t* answer = nullptr;
  if (const auto error = rd_kafka_metadata(client_, 1, nullptr, &answer, kAnswerMs)) return not_told("its topics", rd_kafka_err2str(error));
  const Metadata all(answer);
  for (const rd_kafka_metadata_topic_t& topic : std::span(all->topics, static_cast<size_t>(all->topic_cnt)))
    if (!topic.err) partitions_of[topic.topic] = topic.partition_cnt;
  return Outcome::good();
}

Outcome GroupOffsets::ends(const TopicPartition& partition, int64_t& begin, int64_t& end) {
  const auto error = rd_kafka_query_watermark_offsets(client_, partition.topic.c_str(), partition.partition, &begin, &end, kAnswerMs);
  return error ? not_told("the ends of " + partition.text(), rd_kafka_err2str(error)) : Outcome::good();
}

Outcome GroupOffsets::at_times(Offsets& times) {
  const PartitionList list = list_of(times);
  if (const auto error = rd_kafka_offsets_for_times(client_, list.get(), kAnswerMs)) return not_told("offsets by time", rd_kafka_err2str(error));
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& found = list->elems[i];
    const TopicPartition name{found.topic, found.partition};
    if (found.err) return not_told("the offset by time of " + name.text(), rd_kafka_err2str(found.err));
    times[name] = found.offset >= 0 ? found.offset : -1;
  }
  return Outcome::good();
}

TopicIds GroupOffsets::ids(const std::set<std::string>& topics) {
  if (!has_controller(client_)) return {};
  const std::vector<std::string> names(topics.begin(), topics.end());
  const Queue queue(rd_kafka_queue_new(client_));
  ask_topic_ids(client_, names, queue.get());
  const Event answer(rd_kafka_queue_poll(queue.get(), kAnswerMs + 500));
  return answer ? read_topic_ids(answer.get()) : TopicIds{};
}

Outcome GroupOffsets::committed(std::span<const TopicPartition> partitions, Offsets& found) {
  if (partitions.empty()) return Outcome::good();
  const PartitionList list = list_of(partitions);
  if (const auto error = rd_kafka_committed(client_, list.get(), kAnswerMs)) return not_told("the offsets of the group " + group_, rd_kafka_err2str(error));
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = list->elems[i];
    if (at.err) return not_told("the offsets of the group " + group_, rd_kafka_err2str(at.err));
    if (at.offset >= 0) found[{at.topic, at.partition}] = at.offset;
  }
  return Outcome::good();
}

template <class Ask>
Outcome GroupOffsets::when_empty(Ask&& ask) {
  const auto until = std::chrono::steady_clock::now() + kMembersLeave;
  for (;;) {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (Outcome answered = ask(error); !answered.ok()) return answered;
    if (!error) return Outcome::good();
    if (!has_members(error)) return Outcome::retry(fmt::format("Kafka to change the offsets of the group {}: {}", group_, rd_kafka_err2str(error)));
    if (std::chrono::steady_clock::now() > until)
      return Outcome::retry(fmt::format("the consumer group {}, which still has members: stop the connector on every host that runs it", group_));
    std::this_thread::sleep_for(kAskAgain);
  }
}

Outcome GroupOffsets::alter(const Offsets& offsets) {
  return offsets.empty() ? Outcome::good() : when_empty([&](rd_kafka_resp_err_t& error) { return ask_alter(offsets, error); });
}

Outcome GroupOffsets::remove(std::span<const TopicPartition> partitions) {
  return partitions.empty() ? Outcome::good() : when_empty([&](rd_kafka_resp_err_t& error) { return ask_remove(partitions, error); });
}

Outcome GroupOffsets::ask_alter(const Offsets& offsets, rd_kafka_resp_err_t& error) {
  const PartitionList list = list_of(offsets);
  const AlterRequest request(rd_kafka_AlterConsumerGroupOffsets_new(group_.c_str(), list.get()));
  rd_kafka_AlterConsumerGroupOffsets_t* requests[] = {request.get()};
  const AdminOptions options(rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS));
  const Queue queue(rd_kafka_queue_new(client_));
  rd_kafka_AlterConsumerGroupOffsets(client_, requests, 1, options.get(), queue.get());
  const Event answer(rd_kafka_queue_poll(queue.get(), kAnswerMs));
  if (!answer) return Outcome::retry("Kafka to change the offsets of the group " + group_);
  size_t count = 0;
  const auto* result = rd_kafka_event_AlterConsumerGroupOffsets_result(answer.get());
  const rd_kafka_group_result_t** groups = result ? rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count) : nullptr;
  error = error_of(answer.get(), groups, count);
  return Outcome::good();
}

Outcome GroupOffsets::ask_remove(std::span<const TopicPartition> partitions, rd_kafka_resp_err_t& error) {
  const PartitionList list = list_of(partitions);
  const DeleteRequest request(rd_kafka_DeleteConsumerGroupOffsets_new(group_.c_str(), list.get()));
  rd_kafka_DeleteConsumerGroupOffsets_t* requests[] = {request.get()};
  const AdminOptions options(rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS));
  const Queue queue(rd_kafka_queue_new(client_));
  rd_kafka_DeleteConsumerGroupOffsets(client_, requests, 1, options.get(), queue.get());
  const Event answer(rd_kafka_queue_poll(queue.get(), kAnswerMs));
  if (!answer) return Outcome::retry("Kafka to remove the offsets of the group " + group_);
  size_t count = 0;
  const auto* result = rd_kafka_event_DeleteConsumerGroupOffsets_result(answer.get());
  const rd_kafka_group_result_t** groups = result ? rd_kafka_DeleteConsumerGroupOffsets_result_groups(result, &count) : nullptr;
  error = error_of(answer.get(), groups, count);
  if (error == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) error = RD_KAFKA_RESP_ERR_NO_ERROR;
  return Outcome::good();
}

}  // namespace sluice::kafka
