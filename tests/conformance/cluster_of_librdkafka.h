// kafka/consumer.h on librdkafka's mock cluster, which runs in this process and is reached over loopback.
#pragma once
#include <thread>

#include "conformance/cluster.h"
#include "fakes/mock_cluster.h"

namespace sluice::conformance {

class ClusterOfLibrdkafka : public Cluster {
 public:
  void create(int32_t partitions) override { cluster_.create(kTopic, partitions); }
  void append(int32_t partition, const std::string& value) override;
  void cut_beginning(int32_t partition) override;
  std::unique_ptr<RecordSource> join(const std::string& instance) override;
  void forget_member(const std::string& instance) override;
  milliseconds revoke_grace() const override { return milliseconds(500); }
  milliseconds now() override { return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()); }
  void wait(milliseconds time) override { std::this_thread::sleep_for(time); }

 private:
  MockCluster cluster_;
};

}  // namespace sluice::conformance
