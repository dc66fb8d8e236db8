// What must hold in every committed state, told from the outside: by the table of positions, the rows, the dead letters and the logs.
#pragma once
#include <map>
#include <set>
#include <string>

#include "fakes/fake_kafka.h"
#include "fakes/fake_postgres.h"

namespace sluice::sim {

class Invariants {
 public:
  // All return what is broken, in a sentence; empty: nothing is.
  std::string check(const FakePostgres& postgres, const FakeKafka& kafka, const std::set<std::string>& letters, bool skips_lost_ranges);
  std::string check_kafka_commit(const TopicPartition& partition, int64_t next_offset, bool written);

  // A person set positions by hand, or another tool committed for the group before sluice came.
  void edited(const TopicPartition& partition, std::optional<int64_t> next_offset);
  void migrated(const TopicPartition& partition, int64_t committed) { known_[partition].may_begin_at.insert(committed); }

 private:
  struct Known {
    int timeline = 0, segment = 0;
    int64_t epoch = 0, next_offset = -1;
    bool has_begun = false;               // base was checked
    std::set<int64_t> may_begin_at;       // beside the log's beginning
    int64_t highest_durable = -1;
  };
  std::string check_rows(const FakePostgres::Position& position, const std::vector<FakePostgres::Row>& rows, const FakeKafka::Log& log,
                         const std::set<std::string>& letters, bool skips_lost_ranges) const;

  std::map<TopicPartition, Known> known_;
  size_t commits_ = 0;
  int timeline_ = 0;
};

}  // namespace sluice::sim
