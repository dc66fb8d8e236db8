// The place of one record, as messages name it and people type it: TOPIC-PARTITION@OFFSET.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/topic_partition.h"

namespace sluice {

struct Coordinates {
  TopicPartition partition;
  int64_t offset = 0;
  auto operator<=>(const Coordinates&) const = default;
  std::string text() const { return partition.text() + "@" + std::to_string(offset); }
};

// None: the text is no such place.
std::optional<Coordinates> parse_coordinates(std::string_view text);

// A number of Kafka's, not negative, written in digits alone.
template <class Number>
std::optional<Number> parse_place(std::string_view digits);

}  // namespace sluice
