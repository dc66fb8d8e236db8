// The offsets of a consumer group that nobody is in, shown and set from outside, and what they are held against: topics, ends,
// times. A client of its own for each use; every answer waits at most some seconds. Any one thread.
#pragma once
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "base/topic_partition.h"
#include "kafka/handles.h"
#include "kafka/lookup.h"

namespace sluice::kafka {

using Offsets = std::map<TopicPartition, int64_t>;

class GroupOffsets {
 public:
  // Throws std::runtime_error where the client does not start. `name` is for messages and the client's id.
  GroupOffsets(const std::string& name, const std::string& group, const std::map<std::string, std::string>& properties);
  ~GroupOffsets();
  GroupOffsets(const GroupOffsets&) = delete;

  Outcome topics(std::map<std::string, int32_t>& partitions_of);
  Outcome ends(const TopicPartition& partition, int64_t& begin, int64_t& end);
  // In: milliseconds of the epoch. Out: the first offset whose record is not older, or -1 where there is none.
  Outcome at_times(Offsets& times);
  TopicIds ids(const std::set<std::string>& topics);

  // Of these partitions, those that the group has committed.
  Outcome committed(std::span<const TopicPartition> partitions, Offsets& found);
  // Plain commits, without a mark. Waits for members that have just left until the broker has noticed.
  Outcome alter(const Offsets& offsets);
  // The same. Kafka has this since 2.4: ask can_remove() first, since librdkafka ends the process where a broker does not know it.
  Outcome remove(std::span<const TopicPartition> partitions);
  bool can_remove(const std::string& any_topic) { return ids({any_topic}).contains(any_topic); }  // ids came with 2.8

 private:
  template <class Ask>
  Outcome when_empty(Ask&& ask);
  Outcome ask_alter(const Offsets& offsets, rd_kafka_resp_err_t& error);
  Outcome ask_remove(std::span<const TopicPartition> partitions, rd_kafka_resp_err_t& error);

  const std::string name_, group_;
  rd_kafka_t* client_ = nullptr;
};

}  // namespace sluice::kafka
