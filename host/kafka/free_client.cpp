#include "kafka/free_client.h"

#include <spdlog/spdlog.h>
#include "base/loggers.h"

#include <chrono>
#include <future>
#include <thread>

namespace sluice::kafka {

void free_client(rd_kafka_t* client, int flags, const std::string& name, std::shared_ptr<void> kept) {
  std::promise<void> freed;
  auto done = freed.get_future();
  std::thread([client, flags, kept = std::move(kept), freed = std::move(freed)]() mutable {
    rd_kafka_destroy_flags(client, flags);
    freed.set_value();
  }).detach();
  if (done.wait_for(std::chrono::seconds(5)) != std::future_status::ready)
    kafka_log().warn("{}: the Kafka client did not end within 5 s and was abandoned", name);
}

}  // namespace sluice::kafka
