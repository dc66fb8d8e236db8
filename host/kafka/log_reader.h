// Ranges of a log read for a look: no group is joined and nothing is committed. The group's name is only asked for what it has
// committed. For commands; one thread. The records that it has given are gone before it is.
#pragma once
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "base/topic_partition.h"
#include "kafka/handles.h"
#include "kafka/lookup.h"
#include "task/record.h"

namespace sluice::kafka {

struct LogReaderOptions {
  std::string name;                               // for messages
  std::string group_id;                           // whose committed offsets look_up() tells
  std::map<std::string, std::string> properties;  // librdkafka's names: checked against the allow-list before
  std::function<bool()> gives_up{};               // asked all the time: whoever wanted it does not any more, or not for so long
};

// Records from `from` on, until `to` or the end, at most `most` of them.
struct LogRange {
  TopicPartition name;
  int64_t from = 0;
  int64_t to = 0;
  size_t most = SIZE_MAX;
  int64_t reached = -1;  // out: everything below it was read
};

class LogReader {
 public:
  // Throws std::runtime_error with one sentence where librdkafka refuses a property.
  explicit LogReader(LogReaderOptions options);
  ~LogReader();

  // Of every topic that this user may see: how many partitions it has.
  Outcome topics(std::map<std::string, int32_t>& found);
  Outcome look_up(std::span<const TopicPartition> partitions, std::vector<PartitionStart>& starts);
  // Records, their headers still to be read, in offset order a partition, any order between partitions. Retry: Kafka has been silent for long.
  Outcome read(std::span<LogRange> ranges, const std::function<void(const LogRange& range, Record record)>& each);

 private:
  struct Reading;
  void take(Reading& reading, Message message);
  // With what the client has last complained about.
  Outcome explained(Outcome outcome);

  const LogReaderOptions options_;
  std::string trouble_;  // told by the client inside of our polls
  rd_kafka_t* client_ = nullptr;
};

}  // namespace sluice::kafka
