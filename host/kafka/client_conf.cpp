#include "kafka/client_conf.h"

#include <fmt/format.h>

#include <stdexcept>

namespace sluice {

void set_or_throw(rd_kafka_conf_t* conf, const std::string& client, const std::string& key, const std::string& value) {
  char text[512];
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK) return;
  rd_kafka_conf_destroy(conf);
  throw std::runtime_error(fmt::format("{}: the Kafka client refuses the setting {}: {}", client, key, text));
}

}  // namespace sluice
