// The fake of Kafka and its consumer, on a clock that waiting turns.
#pragma once
#include <set>

#include "conformance/cluster.h"
#include "fakes/fake_kafka.h"
#include "fakes/manual_clock.h"

namespace sluice::conformance {

class ClusterInMemory : public Cluster, public Surroundings {
 public:
  void create(int32_t partitions) override { kafka_.create(kTopic, partitions); }
  void append(int32_t partition, const std::string& value) override { kafka_.append({kTopic, partition}, value); }
  void cut_beginning(int32_t partition) override;
  std::unique_ptr<RecordSource> join(const std::string& instance) override;
  void forget_member(const std::string& instance) override { kafka_.leave(instance); }
  milliseconds revoke_grace() const override { return seconds(5); }
  milliseconds now() override { return std::chrono::duration_cast<milliseconds>(clock_.now().time_since_epoch()); }
  void wait(milliseconds time) override;

 private:
  class Member;
  void at(Point) override {}

  ManualClock clock_;
  FakeKafka kafka_{clock_, true};
  std::set<FakeConsumer*> members_;
};

}  // namespace sluice::conformance
