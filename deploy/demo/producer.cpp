#include "producer.h"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>
#include <thread>

namespace sluice::demo {
namespace {

using namespace std::chrono_literals;

constexpr auto kClusterAnswers = 10s;
constexpr auto kFinishLimit = 60s;
constexpr auto kLooksAgain = 1s;

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
    rd_kafka_conf_destroy(conf);
    throw std::runtime_error(error);
  }
}

rd_kafka_headers_t* make_headers(const Headers& headers) {
  rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
  for (const auto& [name, value] : headers) {
    rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  }
  return list;
}

}  // namespace

Producer::Producer(const std::string& bootstrap, const std::string& topic) : bootstrap_(bootstrap), topic_name_(topic) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", bootstrap);
  set(conf, "enable.idempotence", "true");  // brings acks=all, and keeps the order of a partition across retries
  set(conf, "queue.buffering.max.messages", "200000");
  set(conf, "queue.buffering.max.kbytes", "262144");
  set(conf, "linger.ms", "5");
  rd_kafka_conf_set_opaque(conf, this);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_log_cb(conf, nullptr);  // what matters arrives through on_error
  char error[512];
  client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (!client_) {
    rd_kafka_conf_destroy(conf);
    throw std::runtime_error(error);
  }
  topic_ = rd_kafka_topic_new(client_, topic.c_str(), nullptr);
  if (!topic_) {
    rd_kafka_destroy(client_);
    throw std::runtime_error(fmt::format("topic {}: {}", topic, rd_kafka_err2str(rd_kafka_last_error())));
  }
}

Producer::~Producer() {
  rd_kafka_topic_destroy(topic_);
  rd_kafka_destroy(client_);
}

int32_t Producer::partitions() const {
  const auto end = std::chrono::steady_clock::now() + kClusterAnswers;
  std::string last;
  // A cluster that creates topics when they are asked for needs a moment to do it.
  while (std::chrono::steady_clock::now() < end) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto code = rd_kafka_metadata(client_, 0, topic_, &metadata, 2000);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const int32_t found = metadata->topic_cnt == 1 && !metadata->topics[0].err ? metadata->topics[0].partition_cnt : 0;
      last = metadata->topic_cnt == 1 ? rd_kafka_err2str(metadata->topics[0].err) : "no answer about the topic";
      rd_kafka_metadata_destroy(metadata);
      if (found > 0) return found;
    } else {
      last = rd_kafka_err2str(code);
    }
    std::this_thread::sleep_for(100ms);
  }
  throw std::runtime_error(fmt::format("topic {} at {} cannot be written: {}; is the broker running, and does the topic exist?",
                                       topic_name_, bootstrap_, last));
}

int32_t Producer::partition_of(std::string_view key, int32_t partitions) const {
  return rd_kafka_msg_partitioner_murmur2(topic_, key.data(), key.size(), partitions, nullptr, nullptr);
}

void Producer::send(int32_t partition, std::optional<std::string_view> key, std::optional<std::string_view> value,
                    const Headers& headers, int64_t timestamp_ms) {
  // Absent is a null pointer, which empty text is not.
  const std::string_view key_bytes = key.value_or(std::string_view());
  const std::string_view value_bytes = value.value_or(std::string_view());
  for (;;) {
    rd_kafka_headers_t* list = make_headers(headers);
    const auto code = rd_kafka_producev(
        client_, RD_KAFKA_V_RKT(topic_), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key_bytes.data(), key_bytes.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(value_bytes.data()), value_bytes.size()),
        RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    rd_kafka_headers_destroy(list);
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      throw std::runtime_error(fmt::format("topic {} partition {}: {}", topic_name_, partition, rd_kafka_err2str(code)));
    }
    poll(10ms);
  }
}

// A broker that is just starting may say that the cluster has no brokers. The client forgets those that it knows then, and may never ask
// those of bootstrap.servers again (librdkafka 2.10 to 2.15, #5301).
void Producer::poll(std::chrono::milliseconds limit) {
  rd_kafka_poll(client_, static_cast<int>(limit.count()));
  const auto now = std::chrono::steady_clock::now();
  if (!cut_off_ || now < look_again_at_) return;
  look_again_at_ = now + kLooksAgain;
  rd_kafka_brokers_add(client_, bootstrap_.c_str());
}

void Producer::finish() {
  const auto end = std::chrono::steady_clock::now() + kFinishLimit;
  while (rd_kafka_outq_len(client_) > 0 && std::chrono::steady_clock::now() < end) {
    rd_kafka_flush(client_, 1000);
    poll(0ms);
  }
  // What is still under way is given up; its reports come with the next poll and count as failed.
  if (rd_kafka_outq_len(client_) > 0) {
    rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(client_, 5000);
  }
}

void Producer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  auto* producer = static_cast<Producer*>(self);
  if (!message->err) {
    ++producer->delivered_;
    producer->cut_off_ = false;
    return;
  }
  if (producer->failed_++ == 0) {
    producer->first_failure_ = fmt::format("partition {}: {}", message->partition, rd_kafka_message_errstr(message));
  }
}

void Producer::on_error(rd_kafka_t* client, int code, const char* reason, void* self) {
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) static_cast<Producer*>(self)->cut_off_ = true;
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    char text[512];
    rd_kafka_fatal_error(client, text, sizeof text);
    fmt::print(stderr, "sluice-events: the producer cannot go on: {}\n", text);
  } else {
    fmt::print(stderr, "sluice-events: {}\n", reason);
  }
}

}  // namespace sluice::demo
