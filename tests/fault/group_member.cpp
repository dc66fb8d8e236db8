// sluice-group-member: a member of a consumer group that comes, holds what it is given for a while without reading it, and goes, over
// and over until SIGTERM. For the rebalance storm of test_kafka_groups.py. Prints "STAYS PARTITIONS" in the end: how often it came,
// and how many partitions it was given in all.
#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <stdexcept>

namespace {

std::atomic<bool> over{false};

rd_kafka_t* make(const std::string& bootstrap, const std::string& group) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char text[512];
  for (const auto& [name, value] : {std::pair<const char*, std::string>{"bootstrap.servers", bootstrap}, {"group.id", group},
                                    {"partition.assignment.strategy", "cooperative-sticky"}, {"session.timeout.ms", "6000"},
                                    {"heartbeat.interval.ms", "300"}, {"enable.auto.commit", "false"}})
    if (rd_kafka_conf_set(conf, name, value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) throw std::runtime_error(text);
  rd_kafka_conf_set_log_cb(conf, nullptr);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
  if (!client) throw std::runtime_error(text);
  rd_kafka_poll_set_consumer(client);
  return client;
}

// How many partitions it was given.
int stay(const std::string& bootstrap, const std::string& group, const std::string& topic, std::chrono::milliseconds time) {
  rd_kafka_t* client = make(bootstrap, group);
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(client, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  int most = 0;
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end && !over) {
    if (rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 50)) rd_kafka_message_destroy(message);
    rd_kafka_topic_partition_list_t* held = nullptr;
    if (rd_kafka_assignment(client, &held)) continue;
    most = std::max(most, held->cnt);
    rd_kafka_topic_partition_list_destroy(held);
  }
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
  return most;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A member of a consumer group that comes and goes until SIGTERM."};
  std::string bootstrap, group, topic;
  int stay_ms = 1000;
  app.add_option("--bootstrap", bootstrap)->required();
  app.add_option("--group", group)->required();
  app.add_option("--topic", topic)->required();
  app.add_option("--stay-ms", stay_ms, "How long it stays each time");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, [](int) { over = true; });
  try {
    int stays = 0, given = 0;
    for (; !over; ++stays) given += stay(bootstrap, group, topic, std::chrono::milliseconds(stay_ms));
    std::cout << stays << ' ' << given << std::endl;
  } catch (const std::exception& e) {
    std::cerr << "sluice-group-member: " << e.what() << '\n';
    return 1;
  }
}
