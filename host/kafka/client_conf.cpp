#include "kafka/client_conf.h"

#include <fmt/format.h>

#include <stdexcept>

namespace sluice {

void set_or_throw(rd_kafka_conf_t* conf, const std::string& client, const std::string& key, const std::string& value) {
  char text[512];
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK) return;
  rd_kafka_conf_destroy(conf);
  throw std::invalid_argument(fmt::format("{}: the Kafka client refuses the setting {}: {}", client, key, text));
}

rd_kafka_t* new_consumer(rd_kafka_conf_t* conf, const std::string& client) {
  char text[512];
  rd_kafka_t* made = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
  if (!made) {
    rd_kafka_conf_destroy(conf);
    throw std::runtime_error(fmt::format("{}: the Kafka client did not start: {}", client, text));
  }
  rd_kafka_poll_set_consumer(made);
  return made;
}

}  // namespace sluice
