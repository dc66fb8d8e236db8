// Ends a client of librdkafka. Freeing one has been seen to hang after a broker bounced (librdkafka #4674): after 5 s it is
// abandoned, since nothing of ours depends on it any more.
#pragma once
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sluice::kafka {

// Runs `work` in a thread of its own and answers whether it ended in time. Where not, the thread goes on: `work` must own all that
// it uses.
bool ends_within(std::chrono::milliseconds limit, std::function<void()> work);

// `kept` lives until the client is gone: what its callbacks use.
void free_client(rd_kafka_t* client, int flags, const std::string& name, std::shared_ptr<void> kept = {});

}  // namespace sluice::kafka
