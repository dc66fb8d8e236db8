// A client's configuration while it is being put together.
#pragma once
#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <string>

namespace sluice {

// Throws std::invalid_argument that names client and setting where librdkafka refuses it, and frees `conf` before.
void set_or_throw(rd_kafka_conf_t* conf, const std::string& client, const std::string& key, const std::string& value);

// Why no client could be made now, whatever its configuration: the system starts no more threads. Empty: one can.
std::string lack_of_threads();

// As rd_kafka_new(), which takes `conf` unless it answers null; but where the system starts no more threads it says so in `why`, while
// librdkafka would end the process.
rd_kafka_t* new_client(rd_kafka_type_t type, rd_kafka_conf_t* conf, char* why, size_t size);

// A consumer of this configuration, which it takes in any case. Throws std::runtime_error.
rd_kafka_t* new_consumer(rd_kafka_conf_t* conf, const std::string& client);

}  // namespace sluice
