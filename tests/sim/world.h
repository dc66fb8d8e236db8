// A world of one seed: Kafka, Postgres, a few processes, a person, and a schedule that picks by the seed what happens next. One
// thread, no sleeping. Whatever breaks an invariant ends the run with a sentence.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fakes/fake_kafka.h"
#include "fakes/fake_postgres.h"
#include "fakes/fake_postgres_sink.h"
#include "fakes/manual_clock.h"
#include "sim/invariants.h"
#include "sim/plan.h"
#include "sim/process.h"

namespace sluice::sim {

using Counts = std::map<std::string_view, uint64_t>;  // of what happened; the names are literals

class World {
 public:
  World(uint64_t seed, Counts& counts, bool traced);
  ~World();
  // What is wrong; empty: nothing is.
  std::string run();

  // ---- for the parts of the world
  void count(const char* what) { ++counts_[what]; }
  void note(const std::string& who, const std::string& text) const;
  void check_kafka_commit(const TopicPartition& partition, int64_t next_offset, bool written);
  FakePostgresSink::Quality quality_of(std::string_view value) const;

  const bool is_traced;
  Random random;
  Plan plan;
  ManualClock clock;
  FakeKafka kafka;
  FakePostgres postgres;
  std::set<std::string> letters;          // values that are among the dead letters
  std::optional<Fault> letters_fault;     // of the next ones
  Clock::Time down_until{};               // Postgres
  bool is_mended = false;                 // what made records bad

 private:
  void take_step();
  void fault(Fault which);
  void fault_of_process(Fault which);
  void fault_of_kafka(Fault which);
  void fault_of_postgres(Fault which);
  void by_person(Fault which);
  void produce(int most);
  void run_one();
  void advance(std::chrono::milliseconds time);
  void drain();
  bool is_drained() const;

  // A person who looks after what has failed.
  void see_to_failures();
  void see_to(Process& process);
  bool stop_all();
  void restart_all();
  void edit_offsets(const std::set<TopicPartition>& which, bool unset, bool random_place);
  void mend_group(const std::set<TopicPartition>& which);
  bool is_justified(const std::string& trace) const;

  void start(int host);
  Process* process_of(int host);  // the newest; null: there is none
  Process* any_process();         // that can run
  void remove_ended();
  void observe();                 // the invariants, and what has failed
  const TopicPartition& any_partition() { return kafka.partitions()[static_cast<size_t>(random.below(static_cast<int64_t>(kafka.partitions().size())))]; }
  void violated(std::string what);

  Counts& counts_;
  Invariants invariants_;
  std::vector<std::unique_ptr<Process>> processes_;  // several of one host where an old one lingers
  std::vector<int> started_;                         // so many processes of each host
  std::string violation_;
  bool was_recreated_ = false, range_was_lost_ = false, was_human_ = false, went_back_ = false, had_twin_ = false, was_damaged_ = false;
  int records_ = 0;
};

}  // namespace sluice::sim
