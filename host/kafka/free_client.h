// Ends a client of librdkafka. Freeing one has been seen to hang after a broker bounced (librdkafka #4674): after 5 s it is
// abandoned, since nothing of ours depends on it any more.
#pragma once
#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

namespace sluice::kafka {

// `kept` lives until the client is gone: what its callbacks use.
void free_client(rd_kafka_t* client, int flags, const std::string& name, std::shared_ptr<void> kept = {});

}  // namespace sluice::kafka
