// What a task has counted of its work since it started: for metrics and the page, never for the task itself. Plain values.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/histogram.h"
#include "base/topic_partition.h"

namespace sluice {

struct PartitionFigures {
  TopicPartition name;
  int64_t position = -1;  // what is before it is durable in the sink; -1: not known yet
  int64_t end = -1;       // the log's end, beyond transactions that are still open, too; -1: not known yet

  bool is_known() const { return position >= 0 && end >= 0; }
  int64_t lag() const { return is_known() && end > position ? end - position : 0; }
};

// How long records took on one leg of their way. A sink adds legs of its own by a histogram `latency_seconds` with a label `stage`.
inline constexpr const char* kLatencyMetric = "latency_seconds";
inline constexpr const char* kStageLabel = "stage";
inline constexpr const char *kKafkaToSluice = "kafka_to_sluice", *kSluiceToDurable = "sluice_to_durable";  // the host's

// One that a plugin has defined.
struct PluginMetric {
  enum class Kind { counter, gauge, histogram };
  Kind kind = Kind::counter;
  std::string name, help;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
  std::optional<Histogram> histogram;
};

struct TaskFigures {
  // Of records; one that is read or sent again counts again.
  uint64_t read = 0, read_bytes = 0;  // from Kafka
  uint64_t sent = 0;                  // given to put()
  uint64_t written = 0;               // put() answered OK
  uint64_t rejected = 0;              // given up on, each once
  uint64_t active = 0;                // in hand now

  // Answers of the sink that were not OK, by what the task does then.
  uint64_t retries = 0, restarts = 0, refusals = 0, failures = 0;
  uint64_t hangs = 0;                 // calls of the sink that lasted longer than put.timeout.ms
  uint64_t commits = 0;               // to Kafka, for lag tools
  uint64_t letters = 0, letter_failures = 0;
  int64_t last_error_ms = 0;          // Unix epoch; 0: none

  // The four by the names under which they are shown.
  std::array<std::pair<const char*, uint64_t>, 4> by_class() const {
    return {{{"retry", retries}, {"restart", restarts}, {"data", refusals}, {"fatal", failures}}};
  }

  Histogram batch_records{{1, 10, 100, 1000, 5000, 10000, 20000, 50000, 100000}};
  Histogram put_seconds{time_bounds()};
  Histogram kafka_to_sluice{time_bounds()};    // a record's time in Kafka to its receipt; of a large batch some records only
  Histogram sluice_to_durable{time_bounds()};  // the same records, from receipt until the sink had them

  uint64_t memory_bound = 0;          // bytes that it may take of this process; 0 where it runs in another
  std::vector<PartitionFigures> partitions;
  std::vector<PluginMetric> plugin;   // as its last sink left them

  // Of all partitions whose lag is known; -1: of none it is, as where there are none.
  int64_t lag() const {
    int64_t sum = 0;
    bool known = false;
    for (const PartitionFigures& partition : partitions) {
      sum += partition.lag();
      known = known || partition.is_known();
    }
    return known ? sum : -1;
  }
};

}  // namespace sluice
