// The records that a case is counted over: events that Debezium really sent, with a key of its own in each.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::micro {

struct Record {
  std::optional<std::string> key, value;
};

// `recording`: "orders/precise". `kind`: insert, update, delete, tombstone, `mix` for what a shop's topic holds of each (ten inserts to
// five updates, a delete and its tombstone), or `all` for the recording as it is, again and again. Exactly `count`.
std::vector<Record> workload(std::string_view recording, std::string_view kind, size_t count);

}  // namespace sluice::micro
