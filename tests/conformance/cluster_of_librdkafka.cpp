#include "conformance/cluster_of_librdkafka.h"

#include "kafka/consumer.h"

namespace sluice::conformance {
namespace {

constexpr int16_t kHeartbeat = 12;  // the request's number in Kafka's protocol
constexpr const char* kSessionMs = "4000";  // the mock cluster waits for a second less with each rebalance
constexpr size_t kLarge = 900'000;  // the mock cluster keeps 5 MB a partition

}  // namespace

void ClusterOfLibrdkafka::append(int32_t partition, const std::string& value) {
  cluster_.produce(kTopic, partition, value);
  cluster_.flush();
}

void ClusterOfLibrdkafka::cut_beginning(int32_t partition) {
  for (int i = 0; i < 10; ++i) append(partition, std::string(kLarge, 'x'));
}

std::unique_ptr<RecordSource> ClusterOfLibrdkafka::join(const std::string& instance) {
  kafka::ConsumerOptions options;
  options.name = instance;
  options.properties["bootstrap.servers"] = cluster_.bootstrap();
  options.properties["session.timeout.ms"] = kSessionMs;
  options.properties["heartbeat.interval.ms"] = "100";
  options.group_id = "group";
  options.instance_id = instance;
  options.worker_id = "here";
  options.topics = {kTopic};
  options.revoke_grace = revoke_grace();
  return std::make_unique<kafka::Consumer>(std::move(options));
}

// The next heartbeat is answered so; there has to be just the one member.
void ClusterOfLibrdkafka::forget_member(const std::string&) {
  rd_kafka_mock_push_request_errors(cluster_.cluster(), kHeartbeat, 1, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
}

}  // namespace sluice::conformance
