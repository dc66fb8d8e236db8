#include "kafka/free_client.h"

#include <spdlog/spdlog.h>
#include "base/loggers.h"

#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace sluice::kafka {

bool ends_within(std::chrono::milliseconds limit, std::function<void()> work) {
  std::promise<void> ended;
  auto done = ended.get_future();
  // Shared, since a thread that cannot be started leaves nothing of what it was given.
  const auto shared = std::make_shared<std::function<void()>>(std::move(work));
  try {
    std::thread([shared, ended = std::move(ended)]() mutable {
      std::exchange(*shared, nullptr)();  // what it owns goes before anybody is told
      ended.set_value();
    }).detach();
  } catch (const std::system_error&) {
    std::exchange(*shared, nullptr)();  // without a limit then
    return true;
  }
  return done.wait_for(limit) == std::future_status::ready;
}

void free_client(rd_kafka_t* client, int flags, const std::string& name, std::shared_ptr<void> kept) {
  if (!ends_within(std::chrono::seconds(5), [client, flags, kept = std::move(kept)] { rd_kafka_destroy_flags(client, flags); }))
    kafka_log().warn("the Kafka client of {} did not end within 5 s and was abandoned", name);
}

}  // namespace sluice::kafka
