// A client's configuration while it is being put together.
#pragma once
#include <librdkafka/rdkafka.h>

#include <string>

namespace sluice {

// Throws std::invalid_argument that names client and setting where librdkafka refuses it, and frees `conf` before.
void set_or_throw(rd_kafka_conf_t* conf, const std::string& client, const std::string& key, const std::string& value);

// A consumer of this configuration, which it takes in any case. Throws std::runtime_error.
rd_kafka_t* new_consumer(rd_kafka_conf_t* conf, const std::string& client);

}  // namespace sluice
