// What a task needs from Kafka: which partitions it holds, records from them, and commits for lag tools. Implemented by
// kafka/consumer.h, faked in tests. Unless said otherwise: work thread only.
//
// The source goes on polling the group while the task works, so a slow sink costs no membership. Changes of the assignment
// therefore arrive as a queue that the task works off between two batches.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "base/topic_partition.h"
#include "task/record.h"

namespace sluice {

using TopicId = std::array<uint8_t, 16>;  // all zero = unknown

struct AssignmentChange {
  enum class Kind {
    gained,   // claim them, then begin()
    revoked,  // still ours until release()
    lost,     // already another's: write nothing more
    reread,   // a record went astray inside the client: begin() again at the next offset
  };
  struct Partition {
    PartitionHandle handle = 0;
    TopicPartition name;
  };
  Kind kind = Kind::gained;
  std::vector<Partition> partitions;
};

// Where a gained partition stands in Kafka, asked before it is claimed.
struct PartitionStart {
  TopicId topic_id{};
  int64_t start_offset = -1;    // the group's committed offset, else by auto.offset.reset; always a number
  int64_t committed = -1;       // -1 = none
  bool committed_as_written = false;  // the commit says that the sink had written records (PartitionPosition::written)
  int64_t low_watermark = -1;
  int64_t high_watermark = -1;
  int64_t generation = -1;      // of the consumer group
};

struct PartitionPosition {
  PartitionHandle handle = 0;
  int64_t next_offset = 0;
  int32_t leader_epoch = -1;
  bool written = false;      // commit(): the sink has written records of this partition, now or before
};

// Something about a partition that is no record.
struct PartitionEvent {
  enum class Kind {
    end_reached,
    out_of_range,
    truncated,
    unreadable,
    too_large,  // of which partition is not known: an answer was larger than the client takes, and will be when it comes again
  };
  Kind kind = Kind::end_reached;
  PartitionHandle partition = 0;
  int64_t next_offset = 0;  // end_reached: where the next record will be
  std::string message;      // truncated, unreadable, too_large: what the client says
};

struct Fetched {
  std::vector<Record> records;
  std::vector<PartitionEvent> events;
};

struct FetchLimits {
  size_t records = 1;
  uint64_t bytes = 1;
  std::chrono::milliseconds wait{};    // for the first record
  std::chrono::milliseconds linger{};  // for more, once there is one
};

enum class Commit { later, now };  // asynchronously; waiting at most 3 s

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  virtual std::optional<AssignmentChange> take_change() = 0;

  // Asks Kafka where these partitions stand, answers in their order. Retry: Kafka does not answer now.
  virtual Outcome look_up(std::span<const AssignmentChange::Partition> partitions, std::vector<PartitionStart>& starts) = 0;
  // Reading begins, or begins anew, at these positions; what was fetched before is dropped.
  virtual Outcome begin(std::span<const PartitionPosition> positions) = 0;
  // Answers a change of kind revoked or lost: the task has let go of these partitions.
  virtual void release(const AssignmentChange& change) = 0;

  // Records in offset order a partition. Comes back early when the assignment changes or on wake().
  virtual void fetch(const FetchLimits& limits, Fetched& into) = 0;

  // Failure is only counted: the position that matters is the sink's.
  virtual void commit(std::span<const PartitionPosition> positions, Commit how) = 0;
  // Asks the group whether this member still holds these partitions, by committing their positions. Restart: no longer, a
  // change is on its way; retry: no answer. A process that was frozen finds out here before it takes anything back.
  virtual Outcome confirm_membership(std::span<const PartitionPosition> positions) = 0;

  // Waits until the time has passed, the assignment changes, or wake() is called.
  virtual void wait(std::chrono::milliseconds time) = 0;
  virtual void wake() = 0;                        // any thread
  // What is wrong on Kafka's side at the moment, for the task's condition; empty = nothing. Any thread.
  virtual std::string trouble() const = 0;
  // The same, where it waits for a person: credentials, certificates, permissions. It goes on by itself once that is mended.
  virtual std::string blocked() const { return {}; }
  // Why this source will never again bring a record; empty = it is well. Any thread.
  virtual std::string fatal() const = 0;
  // The end of a partition's log as it was last heard of; -1: not yet, or it is not ours. Any thread.
  virtual int64_t end_of(const TopicPartition& partition) const = 0;
  // Ends the group membership while the work thread is stuck in its sink, so that others take over. From then on fatal() says so. Any
  // thread but the work thread.
  virtual void give_up_membership() {}
  // How long ago the group's events were looked at last; a source that does so on its own has no such time. Any thread.
  virtual std::chrono::milliseconds silent_for() const { return {}; }
  // Ends the group membership or only the connection; at most a few seconds. Nothing else is called afterwards.
  virtual void close(bool leave_group) = 0;
};

}  // namespace sluice
