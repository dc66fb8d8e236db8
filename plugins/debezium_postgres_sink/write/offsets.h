// sluice.offsets/1: the positions of a connector that does not run, shown and set from outside. One connection for each call;
// any thread.
#pragma once
#include <functional>
#include <span>
#include <string>

#include "debezium_postgres_sink/write/database.h"

namespace sluice::debezium {

class Offsets {
 public:
  explicit Offsets(const Config& config);

  // Each position in order of topic and partition; SLUICE_NO_OFFSET where it is unset. None where the tables are not there yet.
  void read(const std::function<void(const sluice_partition&)>& each);
  // Sets offset and topic id, forgets leader epoch and witness, and fences whoever had the partition: all or none.
  void alter(std::span<const sluice_partition> partitions);

 private:
  const Context context_{nullptr};
  const Settings settings_;
  const std::string connector_;
  Database database_;
};

}  // namespace sluice::debezium
