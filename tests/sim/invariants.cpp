#include "sim/invariants.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sim {

std::string Invariants::check(const FakePostgres& postgres, const FakeKafka& kafka, const std::set<std::string>& letters, bool skips_lost_ranges) {
  if (postgres.commits() == commits_ && postgres.timeline() == timeline_) return {};
  commits_ = postgres.commits();
  timeline_ = postgres.timeline();
  for (const TopicPartition& name : kafka.partitions()) {
    const auto position = postgres.position(name);
    Known& known = known_[name];
    if (!position || !position->next_offset) {
      known.has_begun = false;
      known.epoch = position ? position->epoch : 0;
      known.timeline = timeline_;
      known.segment = position ? position->segment : 0;
      known.next_offset = -1;
      continue;
    }
    const bool went_on = known.timeline == timeline_;
    if (went_on && position->epoch < known.epoch)
      return fmt::format("{}: the epoch went back from {} to {}", name.text(), known.epoch, position->epoch);
    if (went_on && position->segment == known.segment && *position->next_offset < known.next_offset)
      return fmt::format("{}: the position went back from {} to {}", name.text(), known.next_offset, *position->next_offset);
    known.timeline = timeline_;
    known.segment = position->segment;
    known.epoch = position->epoch;
    known.next_offset = *position->next_offset;
    known.highest_durable = std::max(known.highest_durable, known.next_offset);
    const auto may_begin = [&](const auto& life) {
      return (position->topic_id == TopicId{} || life->id == position->topic_id) && position->base <= life->low;
    };
    if (!known.has_begun && !known.may_begin_at.contains(position->base) && std::ranges::none_of(kafka.lives(name), may_begin))
      return fmt::format("{}: it was begun at {}, but the log begins at {} and nobody had written what is before", name.text(), position->base,
                         kafka.log(name).low);
    known.has_begun = true;

    // Of which life of the topic the rows are; without rows it is any in which there was nothing to write.
    std::string wrong;
    for (const auto& life : kafka.lives(name)) {
      if (position->topic_id != TopicId{} && life->id != position->topic_id) continue;
      wrong = check_rows(*position, postgres.rows(name), *life, letters, skips_lost_ranges);
      if (wrong.empty()) break;
    }
    if (!wrong.empty()) return name.text() + ": " + wrong;
  }
  return {};
}

// Invariant I: the rows are what the visible records below next_offset make, each once, in order.
std::string Invariants::check_rows(const FakePostgres::Position& position, const std::vector<FakePostgres::Row>& rows, const FakeKafka::Log& log,
                                   const std::set<std::string>& letters, bool skips_lost_ranges) const {
  size_t row = position.first_row;
  auto entry = std::ranges::lower_bound(log.entries, position.base, {}, &FakeKafka::Entry::offset);
  for (; entry != log.entries.end() && entry->offset < *position.next_offset; ++entry) {
    if (entry->kind != FakeKafka::Entry::Kind::data) continue;
    if (row < rows.size() && rows[row].offset == entry->offset && rows[row].value == entry->value) {
      ++row;
      continue;
    }
    if (letters.contains(entry->value)) continue;  // rejected
    if (skips_lost_ranges && entry->offset < log.low) continue;
    return fmt::format("the position is {}, but the record at {} ({}) is neither a row nor a dead letter{}", *position.next_offset, entry->offset, entry->value,
                       row < rows.size() ? fmt::format("; the next row is {} at {}", rows[row].value, rows[row].offset) : "");
  }
  if (row == rows.size()) return {};
  return fmt::format("the position is {}, and there is a row too many: {} at {}", *position.next_offset, rows[row].value, rows[row].offset);
}

std::string Invariants::check_kafka_commit(const TopicPartition& partition, int64_t next_offset, bool written) {
  Known& known = known_[partition];
  if (!written) known.may_begin_at.insert(next_offset);
  if (next_offset <= known.highest_durable) return {};
  return fmt::format("{}: {} was committed to Kafka, but nothing beyond {} was ever durable", partition.text(), next_offset, known.highest_durable);
}

void Invariants::edited(const TopicPartition& partition, std::optional<int64_t> next_offset) {
  Known& known = known_[partition];
  known.has_begun = false;
  known.highest_durable = next_offset.value_or(-1);
  if (next_offset) known.may_begin_at.insert(*next_offset);
}

}  // namespace sluice::sim
