// What one REST caller may cost us. A caller that goes beyond gets an error answer, then the connection is closed.
#pragma once
#include <chrono>
#include <cstddef>

namespace sluice {

struct RestLimits {
  size_t header_bytes = 8 * 1024;
  size_t body_bytes = 1024 * 1024;
  std::chrono::milliseconds header_time{5000};  // from a request's first byte, or from connecting
  std::chrono::milliseconds body_time{10000};
  std::chrono::milliseconds idle_time{30000};   // between requests; also for taking an answer
  size_t connections = 128;
  size_t streams = 32;                          // connections that get events
  size_t connections_per_address = 16;          // loopback may use all
};

}  // namespace sluice
