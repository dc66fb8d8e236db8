// A log in memory that behaves like a Kafka topic seen through task/record_source.h: offsets, watermarks, an assignment that
// the test changes. It keeps state; nobody counts calls.
#pragma once
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "task/record_source.h"

namespace sluice {

class FakeRecordSource : public RecordSource {
 public:
  struct Message {
    int64_t offset;
    std::string value;
  };
  struct Log {
    std::deque<Message> messages;  // a record in hand points into it, while more are appended
    int64_t low = 0;
    int64_t high = 0;      // beyond the last message where control records follow it
    TopicId id{};
  };

  // ---- the test's side
  void append(const std::string& topic, int32_t partition, const std::vector<std::string>& values) {
    Log& log = logs[{topic, partition}];
    for (const std::string& value : values) log.messages.push_back({log.high++, value});
  }
  void append_hole(const std::string& topic, int32_t partition, int64_t width) { logs[{topic, partition}].high += width; }
  // A client that skips: the next fetch begins after `offset`, once.
  void skip_once(const std::string& topic, int32_t partition, int64_t offset) { skip_[{topic, partition}] = offset; }
  // A client that loses its place: the next fetch begins at `offset`, until the task says anew where to begin.
  void jump_once(const std::string& topic, int32_t partition, int64_t offset) { jump_[{topic, partition}] = offset; }
  PartitionHandle give(const std::string& topic, int32_t partition) {
    const PartitionHandle handle = next_++;
    names_[handle] = {topic, partition};
    logs[{topic, partition}];
    changes_.push_back({AssignmentChange::Kind::gained, {{handle, names_[handle]}}});
    return handle;
  }
  void take(PartitionHandle handle, AssignmentChange::Kind how) { changes_.push_back({how, {{handle, names_[handle]}}}); }

  std::map<TopicPartition, Log> logs;
  std::map<TopicPartition, int64_t> committed;
  std::set<TopicPartition> committed_as_written;
  std::set<TopicPartition> without_leader;   // look_up() answers retry for these
  std::set<TopicPartition> damaged;          // nothing of these can be read
  std::map<TopicPartition, int64_t> damaged_at;  // this record cannot be read, and what follows it comes all the same
  std::vector<TopicPartition> released;
  Outcome next_lookup = Outcome::good();
  Outcome membership = Outcome::good();
  std::string trouble_text, blocked_text, fatal_text;
  std::set<TopicPartition> too_large;        // the next record of these is more than the client takes
  std::set<TopicPartition> mute;             // these bring nothing, whatever they hold

  // ---- the task's side
  int64_t end_of(const TopicPartition& partition) const override {
    const auto log = logs.find(partition);
    return log == logs.end() ? -1 : log->second.high;
  }
  std::optional<AssignmentChange> take_change() override {
    if (changes_.empty()) return std::nullopt;
    AssignmentChange change = changes_.front();
    changes_.pop_front();
    return change;
  }
  Outcome look_up(std::span<const AssignmentChange::Partition> partitions, std::vector<PartitionStart>& starts) override {
    if (!next_lookup.ok()) return std::exchange(next_lookup, Outcome::good());
    starts.clear();
    for (const auto& p : partitions) {
      if (without_leader.contains(p.name)) return Outcome::retry("Kafka to answer: no leader");
      const Log& log = logs[p.name];
      const auto at = committed.find(p.name);
      PartitionStart start;
      start.topic_id = log.id;
      start.low_watermark = log.low;
      start.high_watermark = log.high;
      start.committed = at == committed.end() ? -1 : at->second;
      start.committed_as_written = committed_as_written.contains(p.name);
      start.start_offset = start.committed >= 0 ? start.committed : log.low;
      starts.push_back(start);
    }
    return Outcome::good();
  }
  Outcome begin(std::span<const PartitionPosition> positions) override {
    for (const auto& p : positions) reading_[p.handle] = p.next_offset;
    return Outcome::good();
  }
  void release(const AssignmentChange& change) override {
    for (const auto& p : change.partitions) {
      released.push_back(p.name);
      reading_.erase(p.handle);
    }
  }
  void fetch(const FetchLimits& limits, Fetched& into) override {
    for (auto& [handle, next] : reading_) {
      const TopicPartition& name = names_[handle];
      const Log& log = logs[name];
      if (mute.contains(name)) continue;
      if (damaged.contains(name)) {
        into.events.push_back({PartitionEvent::Kind::unreadable, handle, -1, "bad message"});
        continue;
      }
      if (too_large.contains(name)) {
        into.events.push_back({PartitionEvent::Kind::too_large, 0, -1, "increase receive.message.max.bytes"});
        continue;
      }
      if (next < log.low) {
        into.events.push_back({PartitionEvent::Kind::out_of_range, handle, -1, {}});
        continue;
      }
      if (const auto jump = jump_.find(name); jump != jump_.end()) {
        next = jump->second;
        jump_.erase(jump);
      }
      for (const Message& message : log.messages) {
        if (message.offset < next || message.offset < log.low || into.records.size() >= limits.records) continue;
        if (const auto skip = skip_.find(name); skip != skip_.end() && message.offset == skip->second) {
          skip_.erase(skip);
          next = message.offset + 1;
          continue;
        }
        if (const auto bad = damaged_at.find(name); bad != damaged_at.end() && message.offset == bad->second) {
          into.events.push_back({PartitionEvent::Kind::unreadable, handle, -1, "bad message"});
          next = message.offset + 1;
          continue;
        }
        Record record;
        record.partition = handle;
        record.offset = message.offset;
        record.timestamp_ms = 1000 + message.offset;
        record.value = message.value.data();
        record.value_len = static_cast<uint32_t>(message.value.size());
        into.records.push_back(std::move(record));
        next = message.offset + 1;
      }
      if (into.records.size() < limits.records) {
        next = std::max(next, log.high);
        into.events.push_back({PartitionEvent::Kind::end_reached, handle, log.high, {}});
      }
    }
  }
  void commit(std::span<const PartitionPosition> positions, Commit) override {
    for (const auto& p : positions) {
      committed[names_[p.handle]] = p.next_offset;
      if (p.written) committed_as_written.insert(names_[p.handle]);
    }
  }
  Outcome confirm_membership(std::span<const PartitionPosition>) override { return membership; }
  void wait(std::chrono::milliseconds) override {}
  void wake() override {}
  std::string trouble() const override { return trouble_text; }
  std::string blocked() const override { return blocked_text; }
  std::string fatal() const override { return fatal_text; }
  void close(bool) override {}

 private:
  std::deque<AssignmentChange> changes_;
  std::map<PartitionHandle, TopicPartition> names_;
  std::map<PartitionHandle, int64_t> reading_;
  std::map<TopicPartition, int64_t> skip_;
  std::map<TopicPartition, int64_t> jump_;
  PartitionHandle next_ = 1;
};

}  // namespace sluice
