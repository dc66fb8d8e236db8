// What the list of consumer_test.cpp asks of Kafka: a log with partitions, and members of one consumer group. cluster_in_memory.h is
// the fake that the simulator stands on, cluster_of_librdkafka.h the real consumer on librdkafka's mock cluster. The test's thread only.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "task/record_source.h"

namespace sluice::conformance {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline const std::string kTopic = "orders";

class Cluster {
 public:
  virtual ~Cluster() = default;

  virtual void create(int32_t partitions) = 0;  // of the topic kTopic
  virtual void append(int32_t partition, const std::string& value) = 0;
  virtual void cut_beginning(int32_t partition) = 0;  // appends records and removes some at the beginning, as retention does

  // A member of the group, not yet heard of; ends before the cluster.
  virtual std::unique_ptr<RecordSource> join(const std::string& instance) = 0;
  // What the group does to a member that it has not heard of for too long. The members know nothing of it.
  virtual void forget_member(const std::string& instance) = 0;
  virtual milliseconds revoke_grace() const = 0;

  virtual milliseconds now() = 0;
  virtual void wait(milliseconds time) = 0;  // members are heard of meanwhile
};

}  // namespace sluice::conformance
