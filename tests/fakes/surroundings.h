// What lies around the fakes of Kafka and Postgres: at each point where a process may be frozen, killed or overtaken they call
// at(), and ask whether what they are about to do goes wrong. The simulator lets other processes run there; the conformance
// lists let time pass. One thread.
#pragma once
#include <iterator>
#include <optional>
#include <string>

#include "base/topic_partition.h"

namespace sluice {

enum class Point {
  step,         // between two rounds of the task
  look_up,      // before Kafka is asked where partitions stand, and before the answer is used
  looked_up,
  begin,        // before reading begins
  fetch,
  kafka_commit,
  confirm,
  connect,      // to Postgres
  adopt,
  verify,       // before an idle task's positions are looked at
  claim,        // before the claim's statement
  claimed,      // it holds the rows' locks and is not committed
  write,        // before the transaction of a batch begins
  cas_done,     // the positions are moved and their rows locked, nothing else
  rows_done,    // and the rows are written
  letter,       // before dead letters are sent
  commit,       // before COMMIT
  answer,       // committed; the answer has not been read
  lock_wait,    // while another session holds a row
  count
};

inline const char* name_of(Point point) {
  static constexpr const char* kNames[] = {"step",  "look_up", "looked_up", "begin",    "fetch",     "kafka_commit", "confirm", "connect",  "adopt",  "verify",
                                           "claim", "claimed", "write",   "cas_done",  "rows_done", "letter", "commit",       "answer",  "lock_wait"};
  static_assert(std::size(kNames) == static_cast<size_t>(Point::count));
  return kNames[static_cast<size_t>(point)];
}

struct DatabaseFault {
  std::string sqlstate;          // empty: none came, as where a connection broke
  bool connection_lost = false;
  bool took_effect = false;      // of COMMIT: it happened, and only its answer was lost
  bool unnoticed = false;        // of a lost connection: the server goes on waiting for more from it
};

class Surroundings {
 public:
  virtual ~Surroundings() = default;
  virtual void at(Point) = 0;  // while it waits for a lock the caller comes here again and again: time has to pass
  virtual std::optional<DatabaseFault> database_fault(Point) { return {}; }
  virtual bool kafka_fails(Point) { return false; }
  virtual void happened(const char* /*what*/) {}  // something worth counting: that the fault "lock held by a frozen owner" was met
  virtual bool is_killed() const { return false; }        // the process ends without a word
  virtual void kafka_took(const TopicPartition&, int64_t /*next_offset*/, bool /*written*/) {}  // a commit
  virtual bool tracing() const { return false; }
  virtual void note(const std::string&) {}
};

}  // namespace sluice
