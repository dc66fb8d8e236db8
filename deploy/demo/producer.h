// Kafka as the generator sees it: records go out with acks=all and idempotence, and every delivery is accounted for. One
// thread. Owns the librdkafka handle.
#pragma once
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "recording.h"

namespace sluice::demo {

class Producer {
 public:
  Producer(const std::string& bootstrap, const std::string& topic);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // How many partitions the topic has, as the cluster tells.
  int32_t partitions() const;
  // The partition that Kafka's own clients choose for the key.
  int32_t partition_of(std::string_view key, int32_t partitions) const;

  // Copies what it is given; waits where the queue is full.
  void send(int32_t partition, std::optional<std::string_view> key, std::optional<std::string_view> value, const Headers& headers,
            int64_t timestamp_ms);
  // Serves delivery reports, for at most so long.
  void poll(std::chrono::milliseconds limit);
  // Waits until all is delivered or given up.
  void finish();

  uint64_t delivered() const { return delivered_; }
  uint64_t failed() const { return failed_; }
  const std::string& first_failure() const { return first_failure_; }

 private:
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self);
  static void on_error(rd_kafka_t*, int code, const char* reason, void* self);

  const std::string bootstrap_;
  const std::string topic_name_;
  rd_kafka_t* client_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;
  bool cut_off_ = false;  // from all brokers
  std::chrono::steady_clock::time_point look_again_at_{};
  uint64_t delivered_ = 0;
  uint64_t failed_ = 0;
  std::string first_failure_;
};

}  // namespace sluice::demo
