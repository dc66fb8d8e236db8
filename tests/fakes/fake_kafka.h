// A Kafka in memory, as task/record_source.h shows it: logs with gaps, control records and retention, topics that are made anew,
// committed offsets, and one consumer group of static members that rebalances cooperatively. The reader of it passes the list that
// kafka/consumer.h passes on librdkafka's mock cluster (tests/conformance). One thread.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fakes/surroundings.h"
#include "task/clock.h"
#include "task/record_source.h"

namespace sluice {

class FakeConsumer;

class FakeKafka {
 public:
  struct Entry {
    enum class Kind { data, invisible };  // invisible: a transaction's marker, of an aborted one, or compacted away
    int64_t offset;
    Kind kind;
    std::string value;
    int64_t timestamp_ms;
  };
  struct Log {  // one life of a partition; what retention removed stays here, for whoever checks
    int life = 0;
    TopicId id{};
    std::deque<Entry> entries;  // a record in hand points into it, while more are appended
    int64_t low = 0;
    int64_t high = 0;
  };
  struct Commit {
    int64_t next_offset;
    bool written;
  };

  FakeKafka(const Clock& clock, bool tells_topic_ids) : clock_(clock), tells_topic_ids_(tells_topic_ids) {}

  // ---- the world's side
  void create(const std::string& topic, int32_t partitions);
  void recreate(const std::string& topic);  // deleted and made anew: the group's offsets for it go as well
  Entry& append(const TopicPartition& name, std::string value);
  void append_invisible(const TopicPartition& name);
  void remove_below(const TopicPartition& name, int64_t offset);
  const std::vector<TopicPartition>& partitions() const { return names_; }
  const Log& log(const TopicPartition& name) const { return *lives_.at(name).back(); }
  const std::vector<std::unique_ptr<Log>>& lives(const TopicPartition& name) const { return lives_.at(name); }
  std::map<TopicPartition, Commit> committed;

  // The group. A member that was not heard of for the session's timeout loses its place.
  void tick();
  void leave(const std::string& instance);
  bool is_empty() const { return members_.empty(); }
  int64_t generation() const { return generation_; }

 private:
  friend class FakeConsumer;
  struct Member {
    FakeConsumer* consumer = nullptr;  // none: its process is dead
    Clock::Time heard_at{};
  };
  struct Ownership {
    std::string owner;      // an instance id; empty: nobody
    bool is_going = false;  // asked back from its owner
  };
  void join(FakeConsumer& consumer);
  void rebalance();
  void released(std::span<const TopicPartition> names, const FakeConsumer& by);
  bool is_member(const FakeConsumer& consumer) const;

  const Clock& clock_;
  const bool tells_topic_ids_;
  std::vector<TopicPartition> names_;
  std::map<TopicPartition, std::vector<std::unique_ptr<Log>>> lives_;
  std::map<std::string, Member> members_;
  std::map<TopicPartition, Ownership> owners_;
  int64_t generation_ = 0;
  uint8_t next_id_ = 1;
};

class FakeConsumer : public RecordSource {
 public:
  FakeConsumer(FakeKafka& kafka, Surroundings& surroundings, const Clock& clock, std::string instance);
  ~FakeConsumer() override;

  // ---- the world's side
  // What the control thread does now and then, whatever the task is in: heartbeats, news of the group, deadlines.
  // True: a revocation is overdue, and the task's call has to be interrupted.
  bool control();
  void set_offline(bool offline) { offline_ = offline; }
  void rewind_once(int64_t by) { rewind_ = by; }   // the client reads some records again
  void skip_once() { skip_ = skip_.value_or(true); }  // the client passes over a record; once in its life, since twice would not be seen
  void damage_once() { damage_ = true; }           // a batch arrives that cannot be read
  void leak_once();                                // a record goes astray inside the client
  bool holds_any() const { return !entries_.empty(); }

  // ---- the task's side
  std::optional<AssignmentChange> take_change() override;
  Outcome look_up(std::span<const AssignmentChange::Partition> partitions, std::vector<PartitionStart>& starts) override;
  Outcome begin(std::span<const PartitionPosition> positions) override;
  void release(const AssignmentChange& change) override;
  void fetch(const FetchLimits& limits, Fetched& into) override;
  void commit(std::span<const PartitionPosition> positions, Commit how) override;
  Outcome confirm_membership(std::span<const PartitionPosition> positions) override;
  void wait(std::chrono::milliseconds) override {}
  void wake() override {}
  std::string trouble() const override { return offline_ ? "Kafka" : ""; }
  std::string fatal() const override { return fatal_; }
  int64_t end_of(const TopicPartition&) const override { return -1; }
  void give_up_membership() override { gives_up_ = true; }
  void close(bool leave_group) override;

 private:
  friend class FakeKafka;
  struct Reading {
    TopicPartition name;
    std::optional<int64_t> next;  // none: not begun
    int life = -1;                // of the log that its position was looked up in
    bool told_out_of_range = false;
    int64_t told_end = -1;
  };
  void gain(const std::vector<TopicPartition>& names);
  void revoke(const std::vector<TopicPartition>& names);
  void lose_all();
  void read(PartitionHandle handle, Reading& reading, const FetchLimits& limits, Fetched& into);
  bool is_fenced() const;

  FakeKafka& kafka_;
  Surroundings& surroundings_;
  const Clock& clock_;
  const std::string instance_;
  std::map<PartitionHandle, Reading> entries_;
  std::deque<AssignmentChange> changes_;
  std::map<PartitionHandle, Clock::Time> going_;  // asked back since
  std::vector<TopicPartition> untold_;            // let go of while no broker could be told
  bool overdue_told_ = false;
  PartitionHandle next_handle_ = 1;
  int64_t generation_ = -1;
  bool joined_ = false, offline_ = false, damage_ = false, gives_up_ = false;
  std::optional<bool> skip_;  // none: was never asked to
  int64_t rewind_ = 0;
  std::string fatal_;
};

}  // namespace sluice
