// What the sink counts of its work, for the host's /metrics. Task thread only.
//
// Times between machines are by the clocks of both: of the source database, of Debezium, of whoever set the record's time, and
// ours. One that is behind the one before it counts as no time at all.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "debezium_postgres_sink/decode/envelope.h"
#include "sdk/sluice.hpp"

namespace sluice::debezium {

// When a change was where.
struct Passage {
  int64_t source_us = 0;      // its commit in the source database, since 1970
  int64_t debezium_us = 0;    // Debezium made the event; 0: not known
  int64_t kafka_us = 0;       // the record's time; 0: not known
};

class Meters {
 public:
  explicit Meters(Context context);

  // A batch is durable.
  void skipped(Skip kind, uint32_t records) { skipped_[static_cast<size_t>(kind)].add(records); }
  void rows(Operation operation, uint32_t rows) { rows_[static_cast<size_t>(operation)].add(rows); }
  void passed(const std::vector<Passage>& some);  // until now

  Metric without_unchanged_values;

 private:
  const Context context_;
  std::array<Metric, kSkips> skipped_;
  std::array<Metric, kOperations> rows_;
  Metric source_to_debezium_, debezium_to_kafka_, source_to_durable_;
  std::vector<double> seconds_;
};

}  // namespace sluice::debezium
