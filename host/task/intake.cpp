// How a task takes records: what was fetched becomes a batch, and a hole, a cut log or a damaged record is explained first.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/crc.hpp>

#include "base/loggers.h"
#include "failpoint/failpoint.h"
#include "task/sink_task.h"
#include "task/transform.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr int kUnreadableMax = 5;
// What was spoilt on its way is mostly good the second time; what is not, a connection made anew may mend.
constexpr milliseconds kUnreadableFirstWait{100}, kUnreadableWait{2500};

constexpr milliseconds kTooLargeShows{5000};
constexpr milliseconds kTooLargeToldAgain{30000};  // by librdkafka, while it lasts

// What the ABI calls a witness: crc32c of the key, then the value, null as empty.
int64_t witness_crc(const Record& record) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  if (record.key) crc.process_bytes(record.key, record.key_len);
  if (record.value) crc.process_bytes(record.value, record.value_len);
  return crc.checksum();
}

bool cannot_read_on(const PartitionEvent& event) {
  return event.kind == PartitionEvent::Kind::unreadable || event.kind == PartitionEvent::Kind::out_of_range;
}

}  // namespace

bool SinkTask::fetch() {
  for (auto& [handle, held] : held_)
    if (held.begin_pending && !begin(handle, held)) return false;

  Fetched fetched;
  if (held_.empty() || sink_->retained_bytes() > options_.retained_bytes_max) {
    source_.wait(kIdleWait);
  } else {
    source_.fetch({options_.batch_records, options_.batch_bytes, kIdleWait, options_.linger}, fetched);
  }
  std::set<PartitionHandle> begun;  // one damaged batch is told in several ways: as unreadable, and as out of range
  for (const PartitionEvent& event : fetched.events)
    if (!cannot_read_on(event) || begun.insert(event.partition).second) on_event(event);
  if (!failed_ && !fetched.records.empty()) accept(fetched);
  if (!failed_ && !too_large_.empty() && clock_.now() - fetched_at_ > kTooLargeShows / 2) suspect_all();  // it was busy, or waited for the sink
  if (!failed_ && !too_large_.empty() && clock_.now() >= too_large_at_) find_too_large();
  fetched_at_ = clock_.now();
  if (failed_ || waiting()) return false;
  if (batch_) return true;

  const std::string trouble = source_.trouble();
  set_condition(trouble.empty() ? "" : "waiting for " + trouble);
  advance_idle_positions();
  return batch_.has_value();
}

void SinkTask::accept(Fetched& fetched) {
  SLUICE_FAILPOINT("fetch.fetched");
  meter_.received(fetched.records);
  std::vector<Batch::Part> parts;
  std::map<PartitionHandle, size_t> part_of;
  std::set<std::string> topics;
  std::vector<PartitionHandle> stale, filtered;
  const auto is_damaged = [&](PartitionHandle partition) {
    return std::ranges::any_of(fetched.events, [&](const PartitionEvent& event) {
      return event.kind == PartitionEvent::Kind::unreadable && event.partition == partition;
    });
  };
  for (Record& record : fetched.records) {
    Held* held = find(record.partition);
    if (!held || !held->claimed) continue;  // of an assignment that has gone
    if (std::find(stale.begin(), stale.end(), record.partition) != stale.end()) continue;
    // What follows a damaged batch came with it, and the hole between is the batch: no hole like any other. Reading begins anew before it.
    if ((held->witness || record.offset > held->next_offset) && is_damaged(record.partition)) {
      stale.push_back(record.partition);
      continue;
    }
    const Taken taken = take(record.partition, *held, record);
    if (failed_ || !sink_) return;
    if (taken == Taken::stale) stale.push_back(record.partition);
    if (taken != Taken::yes) continue;

    const bool keeps = transform(transforms_of(*held), record, traits_.wants_headers);
    if (!keeps && !part_of.contains(record.partition)) {
      if (std::ranges::find(filtered, record.partition) == filtered.end()) filtered.push_back(record.partition);
      topics.insert(held->name.topic);
      continue;
    }
    const auto [at, is_new] = part_of.try_emplace(record.partition, parts.size());
    if (is_new) {
      parts.push_back(part_for(record.partition, *held));
      std::erase(filtered, record.partition);
      topics.insert(held->name.topic);
    }
    Batch::Part& part = parts[at->second];
    part.next_offset = held->next_offset;
    part.leader_epoch = held->leader_epoch;
    if (keeps) part.records.push_back(std::move(record));
  }
  pass_filtered(filtered, parts);
  {
    std::lock_guard lock(mutex_);
    topics_.merge(topics);
  }
  for (const Batch::Part& part : parts) show(part.handle, held_.at(part.handle));
  meter_.accepted(parts);
  if (parts.empty()) return;
  batch_.emplace(std::move(parts), clock_.now().time_since_epoch().count());
  const uint32_t part_size = notes_ ? notes_->part_size(batch_->parts()) : 0;
  bisection_.emplace(batch_->size(), part_size);
  bool replay = false;
  for (const auto& part : batch_->parts()) {
    const auto until = replayed_until_.find(part.name);
    replay = replay || (until != replayed_until_.end() && !part.records.empty() && part.records.front().offset < until->second);
  }
  if (!replay) {
    attempt_ = 0;
    replayed_until_.clear();
  }
  // What is under suspicion is to be written by its put() and not later, so that a crash says which part it was.
  if (part_size > 0) attempt_ = std::max(attempt_, 1u);
  SLUICE_FAILPOINT("fetch.built");
}

// Of these partitions nothing is left to write. Their positions go along with a batch, or the host moves them; where only the sink
// can and there is no batch, advance_idle_positions() asks it to.
void SinkTask::pass_filtered(const std::vector<PartitionHandle>& handles, std::vector<Batch::Part>& parts) {
  const bool takes_positions = traits_.owns_offsets && traits_.wants_advance && !parts.empty();
  for (const PartitionHandle handle : handles) {
    Held& held = held_.at(handle);
    if (takes_positions) {
      Batch::Part& part = parts.emplace_back(part_for(handle, held));
      part.next_offset = held.next_offset;
      part.leader_epoch = held.leader_epoch;
    } else if (!traits_.owns_offsets) {
      held.put_offset = held.next_offset;
      if (!traits_.commits) held.durable_offset = held.put_offset;
    }
  }
}

const TopicTransforms& SinkTask::transforms_of(Held& held) const {
  if (!held.transforms) held.transforms = options_.transforms.of_topic(held.name.topic);
  return *held.transforms;
}

Batch::Part SinkTask::part_for(PartitionHandle handle, Held& held) const {
  Batch::Part part;
  part.handle = handle;
  part.name = held.name;
  part.routed_topic = transforms_of(held).topic();
  part.user = held.user;
  return part;
}

SinkTask::Taken SinkTask::take(PartitionHandle handle, Held& held, const Record& record) {
  if (held.witness)
    if (const Taken checked = check_witness(handle, held, record); checked != Taken::yes) return checked;
  if (record.offset < held.next_offset) return Taken::no;  // read before: a rewind of the client
  if (record.offset > held.next_offset && !held.has_gaps) {
    const Taken explained = explain_gap(handle, held, record.offset);
    if (explained != Taken::yes) return explained;
  }
  held.next_offset = record.offset + 1;
  held.leader_epoch = record.leader_epoch;
  held.unreadable = 0;
  held.end_doubted = false;
  return Taken::yes;
}

// The last record that was written is read once more before anything new: if it is another one, this is another log.
SinkTask::Taken SinkTask::check_witness(PartitionHandle handle, Held& held, const Record& record) {
  const sluice_partition witness = *held.witness;
  if (record.offset < witness.witness_offset) return Taken::no;  // a rewind of the client
  if (record.offset > witness.witness_offset && held.doubted_offset != record.offset) {
    // Compacted away, or the client passed over it: as with any hole, it is read twice before it is believed.
    held.doubted_offset = record.offset;
    begin(handle, held);
    return Taken::stale;
  }
  held.witness.reset();
  if (record.offset != witness.witness_offset) return Taken::yes;  // nothing can be told from it
  SLUICE_FAILPOINT("fetch.witness");
  if (witness_crc(record) == witness.witness_crc && record.timestamp_ms == witness.witness_ts) return Taken::yes;
  fail(fmt::format("{}: the record at offset {} is not the one that was written last: the topic was deleted and made anew, or "
                   "restored. Going on would skip or repeat records. {}", held.name.text(), witness.witness_offset, kReset));
  return Taken::no;
}

// Yes: the hole before `first_offset` is real. Transactions, compaction and deleted records leave holes, but so would a
// client that skips; what is skipped is the one fault that the store cannot notice, so a first hole is read twice.
SinkTask::Taken SinkTask::explain_gap(PartitionHandle handle, Held& held, int64_t first_offset) {
  if (held.doubted_offset == first_offset) {
    held.has_gaps = true;
    return Taken::yes;
  }
  const AssignmentChange::Partition partition[] = {{handle, held.name}};
  std::vector<PartitionStart> starts;
  if (const Outcome found = source_.look_up(partition, starts); found.ok()) {
    if (!is_same_topic(held, starts[0])) return Taken::no;
    if (starts[0].low_watermark > held.next_offset) {
      if (!is_settled(held) || !is_still_ours(handle, held)) return Taken::stale;
      return may_skip_lost_range(held, starts[0].low_watermark) ? Taken::yes : Taken::no;
    }
  }
  held.doubted_offset = first_offset;
  begin(handle, held);
  return Taken::stale;
}

void SinkTask::on_event(const PartitionEvent& event) {
  if (event.kind == PartitionEvent::Kind::too_large) suspect_too_large(event.message);
  Held* held = find(event.partition);
  if (!held || !held->claimed || failed_) return;
  if (cannot_read_on(event) && waiting()) {  // because of another partition
    held->begin_pending = true;
    return;
  }
  switch (event.kind) {
    case PartitionEvent::Kind::end_reached:
      held->end_offset = event.next_offset;
      break;
    case PartitionEvent::Kind::out_of_range:
      explain_out_of_range(event.partition, *held);
      break;
    case PartitionEvent::Kind::truncated:
      fail(fmt::format("{}: the log was cut below the position {} (unclean leader election): {}. {}", held->name.text(),
                       held->next_offset, event.message, kReset));
      break;
    case PartitionEvent::Kind::unreadable:
      explain_unreadable(event.partition, *held, event.message);
      break;
    case PartitionEvent::Kind::too_large:
      break;
  }
}

// The client cannot tell whose record it was, and asks for it again and again. What other partitions have still arrives meanwhile: the
// one that has more to read and does not move is the one.
void SinkTask::suspect_too_large(const std::string& message) {
  too_large_told_at_ = clock_.now();
  if (!too_large_.empty()) return;
  task_log().warn("an answer of Kafka is larger than the client takes: {}", message);
  too_large_ = message;
  suspect_all();
}

void SinkTask::suspect_all() {
  too_large_at_ = clock_.now() + kTooLargeShows;
  for (auto& [handle, held] : held_) held.suspected_offset = held.claimed ? held.next_offset : -1;
}

void SinkTask::find_too_large() {
  if (clock_.now() - too_large_told_at_ > kTooLargeToldAgain + kTooLargeShows) return too_large_.clear();  // whatever it was, it has passed
  std::vector<AssignmentChange::Partition> claimed;
  for (const auto& [handle, held] : held_)
    if (held.claimed) claimed.push_back({handle, held.name});
  std::vector<PartitionStart> starts;
  if (!claimed.empty() && !source_.look_up(claimed, starts).ok()) return suspect_all();

  std::string places;
  bool any_behind = false;
  for (size_t i = 0; i < claimed.size(); ++i) {
    Held& held = held_.at(claimed[i].handle);
    any_behind = any_behind || held.witness || starts[i].high_watermark > held.next_offset;
    if (held.suspected_offset != held.next_offset) continue;
    if (held.witness) {  // which was asked for, and is written already: it may be the one, and then nothing can be told from it
      held.witness.reset();
      begin(claimed[i].handle, held);
    } else if (starts[i].high_watermark > held.next_offset) {
      places += fmt::format("{}{} at offset {}", places.empty() ? "" : " or ", held.name.text(), held.next_offset);
    }
  }
  if (!places.empty())
    fail(fmt::format("{}: the record there is larger than the client takes: {}. Raise consumer.override.receive.message.max.bytes above its "
                     "size, and memory.max to three times that, then restart the connector", places, too_large_));
  if (places.empty() && any_behind) suspect_all();
  else too_large_.clear();
}

// The client cannot read on: a damaged batch, or one by a codec that it lacks. It may be a bad transfer, so it is read again;
// what stays unreadable must not be skipped.
void SinkTask::explain_unreadable(PartitionHandle handle, Held& held, const std::string& message) {
  if (++held.unreadable > kUnreadableMax) {
    fail(fmt::format("{}: the records from offset {} on cannot be read from Kafka: {}. Mend or delete that part of the log, then "
                     "restart the connector", held.name.text(), held.next_offset, message));
    return;
  }
  wait_as(Outcome::retry(fmt::format("Kafka to send readable records of {} from offset {} on: {}", held.name.text(), held.next_offset,
                                     message)), held.unreadable == 1 ? kUnreadableFirstWait : kUnreadableWait);
  begin(handle, held);
}

// What seems lost may have been written by a put() whose answer never came, and deleted since. A claim tells. False: it is on its way.
bool SinkTask::is_settled(const Held& held) {
  if (!held.put_in_doubt || !traits_.owns_offsets) return true;
  restart(Outcome::restart(fmt::format("a new claim, since the answer to a write of {} was lost", held.name.text()), "in.doubt", milliseconds(200)),
          "reading");
  return false;
}

// A process that was frozen may find gone what the partition's new owner has written long ago: no reason to stop. False: it waits,
// and the news that the partition is another's is on its way.
bool SinkTask::is_still_ours(PartitionHandle handle, Held& held) {
  const PartitionPosition position[] = {position_of(handle, held)};
  if (act_on(source_.confirm_membership(position), "asking the group")) return true;
  held.begin_pending = true;
  return false;
}

// The log that is asked about may be another one than was claimed, and hold records at our position by now.
bool SinkTask::is_same_topic(const Held& held, const PartitionStart& now) {
  const TopicId& claimed = held.start.topic_id;
  if (claimed == TopicId{} || now.topic_id == TopicId{} || claimed == now.topic_id) return true;
  fail(fmt::format("{}: the topic was deleted and made anew while it was read, at position {}. Going on would skip or repeat records. {}",
                   held.name.text(), held.next_offset, kReset));
  return false;
}

void SinkTask::explain_out_of_range(PartitionHandle handle, Held& held) {
  if (held.witness) {  // retention took the witness meanwhile: nothing can be told from it
    held.witness.reset();
    begin(handle, held);
    return;
  }
  const AssignmentChange::Partition partition[] = {{handle, held.name}};
  std::vector<PartitionStart> starts;
  if (!act_on(source_.look_up(partition, starts), "asking Kafka for positions")) {
    held.begin_pending = true;
    return;
  }
  if (!is_same_topic(held, starts[0])) return;
  if (held.next_offset > starts[0].high_watermark) {
    fail(fmt::format("{}: the position is {}, but the log ends at {}: the topic was deleted and made anew, or its log was cut. "
                     "Going on would skip records. {}", held.name.text(), held.next_offset, starts[0].high_watermark, kReset));
    return;
  }
  const bool is_lost = held.next_offset < starts[0].low_watermark;
  if (is_lost && (!is_settled(held) || !is_still_ours(handle, held) || !may_skip_lost_range(held, starts[0].low_watermark))) return;
  // Kafka contradicts itself: an election may be under way, or the client has lost its place in a damaged log. At once would be again and again.
  if (!is_lost)
    wait_as(Outcome::retry(fmt::format("Kafka to send records of {} from offset {} on, which it calls out of range although its log is from {} to {}",
                                       held.name.text(), held.next_offset, starts[0].low_watermark, starts[0].high_watermark)), kUnreadableWait);
  begin(handle, held);
}

// A partition that ends in control records (transaction markers), or in records that were all filtered, would show a lag for ever:
// its position is moved alone. There is no batch in hand, so that beyond put_offset there is nothing that is still to be written.
// Where no position moves either, nothing would tell that the store has gone back behind them, or is away: a batch without spans asks.
void SinkTask::advance_idle_positions() {
  if (!traits_.owns_offsets || !traits_.wants_advance) return;
  std::vector<Batch::Part> parts;
  const auto now = clock_.now();
  for (auto& [handle, held] : held_) {
    const bool ends_in_control_records = held.end_offset > held.next_offset;
    if (!held.claimed || held.witness || (!ends_in_control_records && held.next_offset == held.put_offset)) continue;
    if (now - held.advanced_at < options_.advance_interval) continue;
    // As with a hole: a client that skips to the end would look the same, so that a first such end is reached twice.
    if (ends_in_control_records && !held.has_gaps && !held.end_doubted) {
      held.end_doubted = true;
      if (!begin(handle, held)) return;
      continue;
    }
    held.advanced_at = now;
    if (ends_in_control_records) {
      held.next_offset = held.end_offset;
      held.has_gaps = true;
    }
    Batch::Part& part = parts.emplace_back(part_for(handle, held));
    part.next_offset = held.next_offset;
    part.leader_epoch = held.leader_epoch;  // an old epoch tells no lie: nothing newer was written
  }
  const bool asks = parts.empty();
  if (asks && (!any_claimed() || now - sink_seen_at_ < options_.advance_interval)) return;
  batch_.emplace(std::move(parts), now.time_since_epoch().count());
  bisection_.emplace(0);
  attempt_ = 0;
  if (asks) SLUICE_FAILPOINT("advance.asked");
  else SLUICE_FAILPOINT("advance.built");
}

}  // namespace sluice
