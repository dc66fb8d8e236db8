// librdkafka's mock cluster in this process, and a producer for it. Other handles reach it over loopback as they would a
// broker.
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdexcept>
#include <string>

namespace sluice {

class MockCluster {
 public:
  MockCluster() {
    char text[256];
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof text);
    if (!client_) throw std::runtime_error(text);
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_, 100);
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap().c_str(), text, sizeof text);
    rd_kafka_conf_set(conf, "linger.ms", "0", text, sizeof text);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!producer_) throw std::runtime_error(text);
  }
  ~MockCluster() {
    rd_kafka_flush(producer_, 5000);
    rd_kafka_destroy(producer_);
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  rd_kafka_mock_cluster_t* cluster() const { return cluster_; }
  void create(const std::string& topic, int partitions) { rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1); }
  void produce(const std::string& topic, int32_t partition, const std::string& value) {
    const auto error = rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                                         RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                                         RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (error) throw std::runtime_error(rd_kafka_err2str(error));
  }
  void flush() { rd_kafka_flush(producer_, 10000); }

 private:
  rd_kafka_t* client_ = nullptr;
  rd_kafka_t* producer_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace sluice
