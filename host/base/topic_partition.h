// The name of one partition, as Kafka has it.
#pragma once
#include <compare>
#include <cstdint>
#include <string>

namespace sluice {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
  std::string text() const { return topic + "-" + std::to_string(partition); }
};

}  // namespace sluice
