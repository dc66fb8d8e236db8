// The time of day, which may be set at any moment: for what people and other machines read, never for measuring.
#pragma once
#include <chrono>
#include <cstdint>

namespace sluice {

// Milliseconds since 1970.
inline int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace sluice
