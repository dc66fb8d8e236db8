#include "kafka/client_conf.h"

#include <fmt/format.h>

#include <cstdio>
#include <future>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "base/no_thread.h"

namespace sluice {
namespace {

// What a client begins with: its own, one for the group's coordinator, one that stands for no broker, and one for each of a few brokers.
constexpr int kThreads = 8;

// Throws std::system_error unless so many can run at once.
void try_threads() {
  std::promise<void> all;
  const auto none_is_missing = all.get_future().share();
  std::vector<std::jthread> threads;
  try {
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([none_is_missing] { none_is_missing.wait(); });
  } catch (...) {
    all.set_value();
    throw;
  }
  all.set_value();
}

}  // namespace

std::string lack_of_threads() {
  try {
    try_threads();
  } catch (const std::system_error& e) {
    return no_thread(e);
  }
  return {};
}

rd_kafka_t* new_client(rd_kafka_type_t type, rd_kafka_conf_t* conf, char* why, size_t size) {
  const std::string lacking = lack_of_threads();
  if (lacking.empty()) return rd_kafka_new(type, conf, why, size);
  std::snprintf(why, size, "%s", lacking.c_str());
  return nullptr;
}

void set_or_throw(rd_kafka_conf_t* conf, const std::string& client, const std::string& key, const std::string& value) {
  char text[512];
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK) return;
  rd_kafka_conf_destroy(conf);
  throw std::invalid_argument(fmt::format("{}: the Kafka client refuses the setting {}: {}", client, key, text));
}

rd_kafka_t* new_consumer(rd_kafka_conf_t* conf, const std::string& client) {
  char text[512];
  rd_kafka_t* made = new_client(RD_KAFKA_CONSUMER, conf, text, sizeof text);
  if (!made) {
    rd_kafka_conf_destroy(conf);
    throw std::runtime_error(fmt::format("{}: the Kafka client did not start: {}", client, text));
  }
  rd_kafka_poll_set_consumer(made);
  return made;
}

}  // namespace sluice
