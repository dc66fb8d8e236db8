// What a seed's run is like: how many processes and partitions, which settings, which kinds of fault may happen. Each seed has but
// some of them, so that those that are there meet more often.
#pragma once
#include <array>
#include <cstdint>

namespace sluice::sim {

// Deterministic, the same on every machine, and quick to make: a std::mt19937 costs more than a short run.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  int64_t below(int64_t n) { return static_cast<int64_t>(next() % static_cast<uint64_t>(n)); }
  int64_t between(int64_t least, int64_t most) { return least + below(most - least + 1); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  uint64_t state_;
};

enum class Fault {
  freeze, crash, stop, twin,                                            // of processes
  offline, kafka_error, damaged, rewind, skip, leak, retention, lost_range, recreate,  // of Kafka
  lost, busy, credentials, schema, human, doubt_done, doubt_undone, fail_over, down, stall,  // of Postgres
  letters_refused, letters_in_part, letters_unheard,                    // of the dead-letter topic
  edit, reset, pause,                                                   // by people
  count
};

struct Plan {
  int processes = 2, topics = 1, partitions = 2, steps = 100;
  bool tells_topic_ids = true, has_gaps = false, migrates = false;
  bool tolerates = true, sink_finds_bad_records = true, one_message = false, skips_lost_ranges = false;
  int bad_percent = 0;
  double max_share = 1;
  uint32_t batch_records = 3;
  int64_t commit_interval_ms = 1000;
  int fault_percent = 15;
  std::array<bool, static_cast<size_t>(Fault::count)> faults{};

  bool has(Fault fault) const { return faults[static_cast<size_t>(fault)]; }

  static Plan of(Random& random) {
    Plan plan;
    plan.processes = static_cast<int>(random.between(2, 3));
    plan.topics = random.chance(25) ? 2 : 1;
    plan.partitions = static_cast<int>(random.between(1, 3));
    plan.steps = static_cast<int>(random.between(40, 160));
    plan.tells_topic_ids = !random.chance(25);
    plan.has_gaps = random.chance(50);
    plan.migrates = random.chance(10);
    plan.tolerates = !random.chance(20);
    plan.sink_finds_bad_records = random.chance(50);
    plan.one_message = random.chance(40);
    plan.skips_lost_ranges = random.chance(30);
    plan.bad_percent = random.chance(50) ? static_cast<int>(random.between(2, 25)) : 0;
    plan.batch_records = static_cast<uint32_t>(random.chance(15) ? 25 : random.between(1, 6));
    plan.max_share = plan.batch_records == 25 ? 0.2 : 1;
    plan.commit_interval_ms = random.chance(30) ? 5000 : random.between(0, 1000);
    plan.fault_percent = static_cast<int>(random.between(5, 30));
    for (bool& fault : plan.faults) fault = random.chance(40);
    return plan;
  }
};

}  // namespace sluice::sim
