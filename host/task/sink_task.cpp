#include "task/sink_task.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cstring>

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdleWait{100};  // how long a round of the loop may wait for records

// What the ABI calls a witness: crc32c of the key, then the value, null as empty.
int64_t witness_crc(const Record& record) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  if (record.key) crc.process_bytes(record.key, record.key_len);
  if (record.value) crc.process_bytes(record.value, record.value_len);
  return crc.checksum();
}

sluice_partition to_abi(const TopicPartition& name, const PartitionStart& start, int64_t offset, void* user) {
  sluice_partition p{};
  p.topic = {name.topic.data(), name.topic.size()};
  std::memcpy(p.topic_id, start.topic_id.data(), start.topic_id.size());
  p.partition = name.partition;
  p.leader_epoch = -1;
  p.offset = offset;
  p.epoch = start.generation;
  p.low_watermark = start.low_watermark;
  p.high_watermark = start.high_watermark;
  p.witness_offset = p.witness_crc = p.witness_ts = -1;
  p.user = user;
  return p;
}

bool is_zero(const uint8_t (&id)[16]) {
  static const uint8_t zero[16]{};
  return std::memcmp(id, zero, sizeof zero) == 0;
}

}  // namespace

SinkTask::SinkTask(RecordSource& source, SinkFactory make_sink, SinkTraits traits, const Clock& clock, SinkTaskOptions options)
    : source_(source), make_sink_(std::move(make_sink)), traits_(traits), clock_(clock), options_(std::move(options)),
      random_(options_.jitter_seed) {}

SinkTask::~SinkTask() = default;

void SinkTask::step() {
  take_changes();
  if (std::string fatal = source_.fatal(); !fatal.empty() && !failed_) fail(std::move(fatal));
  if (failed_ || waiting() || paused_) {
    // A failed task keeps its partitions: handing a bad record to a sibling would only fail the sibling as well.
    idle();
  } else if (have_sink() && claim() && (batch_ || fetch())) {
    deliver();
  }
  if (!failed_ && sink_ && (clock_.now() >= commit_at_ || sink_->wants_commit())) commit(Commit::later);
}

void SinkTask::idle() {
  const auto left = std::chrono::ceil<milliseconds>(wait_until_ - clock_.now());
  source_.wait(left.count() > 0 ? std::min(left, kIdleWait) : kIdleWait);
}

// ---- the assignment ---------------------------------------------------------------------------------------------------

void SinkTask::take_changes() {
  while (auto change = source_.take_change()) {
    switch (change->kind) {
      case AssignmentChange::Kind::gained:
        for (const auto& p : change->partitions) held_[p.handle].name = p.name;
        wait_until_ = {};  // whatever was waited for, a claim is tried at once
        break;
      case AssignmentChange::Kind::revoked:
      case AssignmentChange::Kind::lost:
        drop_partitions(*change);
        break;
      case AssignmentChange::Kind::reread:
        for (const auto& p : change->partitions)
          if (Held* held = find(p.handle); held && held->claimed) begin(p.handle, *held);
        break;
    }
    std::lock_guard lock(mutex_);
    report_.partitions = static_cast<int>(held_.size());
  }
}

void SinkTask::drop_partitions(const AssignmentChange& change) {
  std::vector<PartitionHandle> leaving;
  for (const auto& p : change.partitions)
    if (held_.contains(p.handle)) leaving.push_back(p.handle);
  // A batch in hand may hold records of what goes. It is dropped; the partitions that stay are read again from what the
  // sink has taken.
  const bool had_batch = batch_.has_value();
  batch_.reset();
  bisection_.reset();
  const bool lost = change.kind == AssignmentChange::Kind::lost;
  close_sink(lost ? SLUICE_LOST : SLUICE_REVOKED, leaving);
  if (!lost) {
    std::vector<PartitionPosition> last;
    for (const PartitionHandle handle : leaving)
      if (const Held& held = held_[handle]; held.durable_offset > held.committed_offset)
        last.push_back({handle, held.durable_offset, held.leader_epoch});
    if (!last.empty()) source_.commit(last, Commit::now);
  }
  for (const PartitionHandle handle : leaving) held_.erase(handle);
  source_.release(change);
  if (!had_batch) return;
  for (auto& [handle, held] : held_) {
    if (!held.claimed || held.next_offset == held.put_offset) continue;
    held.next_offset = held.put_offset;
    begin(handle, held);
  }
}

bool SinkTask::begin(PartitionHandle handle, Held& held) {
  const PartitionPosition from[] = {{handle, held.witness ? held.witness->witness_offset : held.next_offset, held.leader_epoch}};
  held.end_offset = -1;
  const Outcome outcome = source_.begin(from);
  held.begin_pending = !outcome.ok();
  return act_on(outcome, "starting to read");
}

bool SinkTask::have_sink() {
  if (sink_) return true;
  MadeSink made = make_sink_();
  if (!made.sink) {
    act_on(made.outcome, "starting the sink");
    return false;
  }
  std::lock_guard lock(mutex_);
  sink_ = std::move(made.sink);
  return true;
}

bool SinkTask::claim() {
  std::vector<PartitionHandle> handles;
  std::vector<AssignmentChange::Partition> partitions;
  for (const auto& [handle, held] : held_) {
    if (held.claimed) continue;
    handles.push_back(handle);
    partitions.push_back({handle, held.name});
  }
  if (handles.empty()) {
    reclaim_ = false;
    return true;
  }

  if (reclaim_) {
    // After a restart of the sink the partitions may have gone to another process meanwhile, which a process that was
    // frozen does not know. Taking them back from their new owner would be allowed by the store, but rude and endless.
    std::vector<PartitionPosition> positions;
    for (const PartitionHandle handle : handles)
      if (const Held& held = held_[handle]; held.durable_offset >= 0) positions.push_back({handle, held.durable_offset, held.leader_epoch});
    if (!positions.empty()) {
      const Outcome member = source_.confirm_membership(positions);
      if (!member.ok()) {
        wait_before_retry(member);
        return false;
      }
    }
    reclaim_ = false;
  }

  std::vector<PartitionStart> starts;
  if (const Outcome found = source_.look_up(partitions, starts); !found.ok()) return act_on(found, "asking Kafka for positions") && false;

  std::vector<sluice_partition> claims;
  for (size_t i = 0; i < handles.size(); ++i) {
    Held& held = held_[handles[i]];
    held.start = starts[i];
    claims.push_back(to_abi(held.name, held.start, held.start.start_offset, nullptr));
  }
  if (const Outcome opened = sink_->open(claims); !opened.ok()) return act_on(opened, "claiming partitions") && false;

  std::vector<PartitionPosition> from;
  for (size_t i = 0; i < handles.size(); ++i) {
    Held& held = held_[handles[i]];
    held.user = claims[i].user;
    if (!check_claim(held, claims[i])) return false;
    from.push_back({handles[i], held.witness ? held.witness->witness_offset : held.next_offset, held.leader_epoch});
  }
  if (const Outcome begun = source_.begin(from); !begun.ok()) return act_on(begun, "starting to read") && false;
  for (const PartitionHandle handle : handles) {
    Held& held = held_[handle];
    held.claimed = true;
    held.begin_pending = false;
    spdlog::info("{}: claimed {} at offset {}", options_.name, held.name.text(), held.next_offset);
  }
  retries_ = 0;
  set_condition("");
  return true;
}

// The stored position against the log: exactly-once.md section 5. A log that was made anew or cut must not be taken for
// the one that the position speaks of.
bool SinkTask::check_claim(Held& held, const sluice_partition& claimed) {
  const PartitionStart& start = held.start;
  held.next_offset = held.put_offset = held.durable_offset = claimed.offset;
  held.leader_epoch = claimed.leader_epoch;
  held.witness.reset();
  held.has_gaps = false;
  held.doubted_offset = -1;
  held.end_offset = -1;
  if (!traits_.owns_offsets) return true;

  const std::string where = held.name.text();
  if (std::memcmp(claimed.topic_id, start.topic_id.data(), 16) != 0 && !is_zero(claimed.topic_id) && start.topic_id != TopicId{}) {
    fail(fmt::format("{}: the topic was deleted and made anew: its id is another one than that of the stored position {}. "
                     "Going on would skip or repeat records. Reset the connector's position for this topic, or give the "
                     "connector a new name", where, claimed.offset));
    return false;
  }
  if (claimed.offset > start.high_watermark) {
    fail(fmt::format("{}: the stored position is {}, but the log ends at {}: the topic was deleted and made anew, or its log "
                     "was cut. Going on would skip records. Reset the connector's position for this topic, or give the "
                     "connector a new name", where, claimed.offset, start.high_watermark));
    return false;
  }
  if (claimed.offset < start.low_watermark) return may_skip_lost_range(held, start.low_watermark);
  if (start.committed >= 0 && start.committed != claimed.offset)
    spdlog::debug("{}: {}: the group's committed offset is {}, the sink's own position {} counts", options_.name, where,
                  start.committed, claimed.offset);
  if (claimed.witness_offset >= start.low_watermark && claimed.witness_offset >= 0 && claimed.witness_offset < claimed.offset)
    held.witness = claimed;
  return true;
}

bool SinkTask::may_skip_lost_range(Held& held, int64_t low_watermark) {
  const std::string lost = fmt::format("{}: the records {} to {} were deleted by the topic's retention before they were written",
                                       held.name.text(), held.next_offset, low_watermark - 1);
  if (!options_.skip_lost_ranges) {
    fail(lost + ". Raise retention.ms so that it outlasts an outage; set on.lost.range: skip to go on without them");
    return false;
  }
  spdlog::warn("{}: {}; skipped, as on.lost.range says", options_.name, lost);
  held.next_offset = low_watermark;
  held.has_gaps = true;
  return true;
}

// ---- records ----------------------------------------------------------------------------------------------------------

bool SinkTask::fetch() {
  for (auto& [handle, held] : held_)
    if (held.begin_pending && !begin(handle, held)) return false;

  Fetched fetched;
  if (held_.empty() || sink_->retained_bytes() > options_.retained_bytes_max) {
    source_.wait(kIdleWait);
  } else {
    source_.fetch({options_.batch_records, options_.batch_bytes, kIdleWait, options_.linger}, fetched);
  }
  for (const PartitionEvent& event : fetched.events) on_event(event);
  if (!failed_ && !fetched.records.empty()) accept(fetched);
  if (failed_ || waiting()) return false;
  if (batch_) return true;

  const std::string trouble = source_.trouble();
  set_condition(trouble.empty() ? "" : "waiting for " + trouble);
  advance_idle_positions();
  return batch_.has_value();
}

void SinkTask::accept(Fetched& fetched) {
  std::vector<Batch::Part> parts;
  std::map<PartitionHandle, size_t> part_of;
  std::vector<PartitionHandle> stale;
  for (Record& record : fetched.records) {
    Held* held = find(record.partition);
    if (!held || !held->claimed) continue;  // of an assignment that has gone
    if (std::find(stale.begin(), stale.end(), record.partition) != stale.end()) continue;
    const Taken taken = take(record.partition, *held, record);
    if (failed_) return;
    if (taken == Taken::stale) stale.push_back(record.partition);
    if (taken != Taken::yes) continue;

    const auto [at, is_new] = part_of.try_emplace(record.partition, parts.size());
    if (is_new) {
      Batch::Part& part = parts.emplace_back();
      part.handle = record.partition;
      part.name = held->name;
      part.user = held->user;
    }
    Batch::Part& part = parts[at->second];
    part.next_offset = held->next_offset;
    part.leader_epoch = held->leader_epoch;
    part.records.push_back(std::move(record));
  }
  if (parts.empty()) return;
  batch_.emplace(std::move(parts), clock_.now().time_since_epoch().count());
  bisection_.emplace(batch_->size());
  bool replay = false;
  for (const auto& part : batch_->parts()) {
    const auto until = replayed_until_.find(part.name);
    replay = replay || (until != replayed_until_.end() && part.records.front().offset < until->second);
  }
  if (!replay) {
    attempt_ = 0;
    replayed_until_.clear();
  }
}

SinkTask::Taken SinkTask::take(PartitionHandle handle, Held& held, const Record& record) {
  if (held.witness && !check_witness(held, record)) return Taken::no;
  if (record.offset < held.next_offset) return Taken::no;  // read before: a rewind of the client
  if (record.offset > held.next_offset && !held.has_gaps) {
    const Taken explained = explain_gap(handle, held, record.offset);
    if (explained != Taken::yes) return explained;
  }
  held.next_offset = record.offset + 1;
  held.leader_epoch = record.leader_epoch;
  return Taken::yes;
}

// The last record that was written is read once more before anything new: if it is another one, this is another log.
bool SinkTask::check_witness(Held& held, const Record& record) {
  const sluice_partition witness = *held.witness;
  held.witness.reset();
  if (record.offset != witness.witness_offset) {
    held.has_gaps = held.has_gaps || record.offset > witness.witness_offset;  // compacted away: nothing can be told from it
    return true;
  }
  if (witness_crc(record) == witness.witness_crc && record.timestamp_ms == witness.witness_ts) return true;
  fail(fmt::format("{}: the record at offset {} is not the one that was written last: the topic was deleted and made anew, or "
                   "restored. Going on would skip or repeat records. Reset the connector's position for this topic, or give "
                   "the connector a new name", held.name.text(), witness.witness_offset));
  return false;
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
  if (const Outcome found = source_.look_up(partition, starts); found.ok() && starts[0].low_watermark > held.next_offset)
    return may_skip_lost_range(held, starts[0].low_watermark) ? Taken::yes : Taken::no;
  held.doubted_offset = first_offset;
  begin(handle, held);
  return Taken::stale;
}

void SinkTask::on_event(const PartitionEvent& event) {
  Held* held = find(event.partition);
  if (!held || !held->claimed || failed_) return;
  switch (event.kind) {
    case PartitionEvent::Kind::end_reached:
      held->end_offset = event.next_offset;
      break;
    case PartitionEvent::Kind::out_of_range:
      explain_out_of_range(event.partition, *held);
      break;
    case PartitionEvent::Kind::truncated:
      fail(fmt::format("{}: the log was cut below the position {} (unclean leader election): {}. Reset the connector's position "
                       "for this topic", held->name.text(), held->next_offset, event.message));
      break;
  }
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
  if (held.next_offset > starts[0].high_watermark) {
    fail(fmt::format("{}: the position is {}, but the log ends at {}: the topic was deleted and made anew, or its log was cut. "
                     "Going on would skip records. Reset the connector's position for this topic, or give the connector a new "
                     "name", held.name.text(), held.next_offset, starts[0].high_watermark));
    return;
  }
  if (held.next_offset < starts[0].low_watermark && !may_skip_lost_range(held, starts[0].low_watermark)) return;
  begin(handle, held);
}

// A partition that ends in control records (transaction markers) would show a lag for ever: its position is moved alone.
void SinkTask::advance_idle_positions() {
  if (!traits_.owns_offsets || !traits_.wants_advance) return;
  std::vector<Batch::Part> parts;
  const auto now = clock_.now();
  for (auto& [handle, held] : held_) {
    if (!held.claimed || held.witness || held.end_offset <= held.next_offset) continue;
    if (now - held.advanced_at < options_.advance_interval) continue;
    held.advanced_at = now;
    held.next_offset = held.end_offset;
    held.has_gaps = true;
    Batch::Part& part = parts.emplace_back();
    part.handle = handle;
    part.name = held.name;
    part.user = held.user;
    part.next_offset = held.next_offset;
    part.leader_epoch = held.leader_epoch;  // an old epoch tells no lie: nothing newer was written
  }
  if (parts.empty()) return;
  batch_.emplace(std::move(parts), now.time_since_epoch().count());
  bisection_.emplace(0);
  attempt_ = 0;
}

// ---- the sink ---------------------------------------------------------------------------------------------------------

void SinkTask::deliver() {
  const Bisection::Range range = bisection_->done() ? Bisection::Range{} : bisection_->current();
  const BatchView view = batch_->view(range, attempt_);
  const Outcome outcome = sink_->put(view);
  switch (outcome.verdict) {
    case Verdict::ok:
      batch_taken(*view);
      if (!bisection_->done()) bisection_->written();
      if (bisection_->done()) {
        batch_.reset();
        bisection_.reset();
        attempt_ = 0;
      }
      retries_ = 0;
      set_condition("");
      return;
    case Verdict::bad_data:
      ++attempt_;
      if (!bisection_->done() && bisection_->refused()) return;
      give_up_on_record(outcome);
      return;
    case Verdict::retry:
      ++attempt_;
      wait_before_retry(outcome);
      return;
    case Verdict::restart:
    case Verdict::fatal:
      act_on(outcome, "writing");
      return;
  }
}

void SinkTask::batch_taken(const sluice_batch& view) {
  for (uint32_t i = 0; i < view.span_count; ++i) {
    Held& held = held_[batch_->handle_of_span(i)];
    held.put_offset = view.spans[i].next_offset;
    // A sink with commit() has only accepted the batch; commit() will say what is durable.
    if (!traits_.commits) held.durable_offset = held.put_offset;
  }
  std::lock_guard lock(mutex_);
  report_.records_written += view.record_count;
}

void SinkTask::give_up_on_record(const Outcome& why) {
  if (batch_->size() == 0) {
    fail(why.message);
    return;
  }
  const uint32_t index = bisection_->current().first;
  const std::string at = fmt::format("{}@{}", batch_->partition_of(index).text(), batch_->record(index).offset);
  // The plugin names the place itself where it knows it.
  fail(fmt::format("TASK_PUT: bad record at {}: {}. Everything before it is written, nothing after it; the task goes on from "
                   "it at a restart. Mend the target or the mapping, then restart the connector", at, why.message));
}

void SinkTask::close_sink(int32_t why, const std::vector<PartitionHandle>& handles) {
  if (!sink_) return;
  std::vector<sluice_partition> closing;
  std::vector<PartitionHandle> closed;
  for (const PartitionHandle handle : handles) {
    const Held& held = held_[handle];
    if (!held.claimed) continue;
    closing.push_back(to_abi(held.name, held.start, held.put_offset, held.user));
    closed.push_back(handle);
  }
  if (closing.empty()) return;
  const Outcome outcome = sink_->close(closing, why);
  if (outcome.verdict == Verdict::restart || outcome.verdict == Verdict::fatal) {
    act_on(outcome, "closing partitions");
    return;
  }
  if (!outcome.ok() || why == SLUICE_LOST || !traits_.commits) return;
  for (size_t i = 0; i < closed.size(); ++i)
    if (closing[i].offset != SLUICE_NO_OFFSET) held_[closed[i]].durable_offset = closing[i].offset;
}

void SinkTask::drop_sink() {
  // Whatever is in hand goes with the sink: the next claim says from where to read again.
  if (batch_)
    for (const auto& part : batch_->parts()) replayed_until_[part.name] = part.next_offset;
  batch_.reset();
  bisection_.reset();
  std::unique_ptr<Sink> old;
  {
    std::lock_guard lock(mutex_);
    old = std::move(sink_);
  }
  old.reset();
  for (auto& [handle, held] : held_) {
    held.claimed = false;
    held.user = nullptr;
    held.witness.reset();
  }
  reclaim_ = true;
}

std::vector<PartitionPosition> SinkTask::positions_to_commit() const {
  std::vector<PartitionPosition> positions;
  for (const auto& [handle, held] : held_)
    if (held.claimed && held.durable_offset >= 0 && held.durable_offset != held.committed_offset)
      positions.push_back({handle, held.durable_offset, held.leader_epoch});
  return positions;
}

void SinkTask::commit(Commit how) {
  commit_at_ = clock_.now() + options_.commit_interval;
  if (traits_.commits && sink_) {
    std::vector<sluice_partition> positions;
    std::vector<Held*> owners;
    for (auto& [handle, held] : held_) {
      if (!held.claimed) continue;
      positions.push_back(to_abi(held.name, held.start, held.put_offset, held.user));
      owners.push_back(&held);
    }
    if (const Outcome outcome = sink_->commit(positions); !outcome.ok()) {
      act_on(outcome, "committing");
      return;
    }
    for (size_t i = 0; i < owners.size(); ++i)
      if (positions[i].offset != SLUICE_NO_OFFSET) owners[i]->durable_offset = positions[i].offset;
  }
  const std::vector<PartitionPosition> positions = positions_to_commit();
  if (positions.empty()) return;
  source_.commit(positions, how);
  for (const PartitionPosition& position : positions) held_[position.handle].committed_offset = position.next_offset;
}

void SinkTask::stop_and_close() {
  batch_.reset();
  bisection_.reset();
  if (sink_ && !failed_) {
    std::vector<PartitionHandle> all;
    for (const auto& [handle, held] : held_) all.push_back(handle);
    close_sink(SLUICE_STOP, all);
    const std::vector<PartitionPosition> positions = positions_to_commit();
    if (!positions.empty()) source_.commit(positions, Commit::now);
  }
  std::unique_ptr<Sink> old;
  {
    std::lock_guard lock(mutex_);
    old = std::move(sink_);
    if (report_.state != TaskReport::State::failed) report_.state = TaskReport::State::stopped;
  }
}

// ---- answers ----------------------------------------------------------------------------------------------------------

// True when ok. What else: the task waits, drops the sink, or has failed.
bool SinkTask::act_on(const Outcome& outcome, const char* doing) {
  switch (outcome.verdict) {
    case Verdict::ok:
      return true;
    case Verdict::retry:
      wait_before_retry(outcome);
      return false;
    case Verdict::restart:
      ++attempt_;
      spdlog::warn("{}: {}: {}; starting again from the stored position", options_.name, doing, outcome.message);
      drop_sink();
      wait_before_retry(outcome);
      return false;
    case Verdict::bad_data:
    case Verdict::fatal:
      fail(fmt::format("{}: {}", doing, outcome.message));
      return false;
  }
  return false;
}

void SinkTask::wait_before_retry(const Outcome& outcome) {
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  milliseconds delay = outcome.retry_after;
  if (delay.count() <= 0) delay = outcome.blocked() ? options_.blocked_retry : options_.backoff.delay(retries_, random);
  ++retries_;
  const std::string condition = outcome.condition();
  bool changed = false;
  {
    std::lock_guard lock(mutex_);
    changed = report_.condition != condition;
  }
  if (changed) spdlog::warn("{}: {}", options_.name, condition);
  set_condition(condition);
  wait_until_ = clock_.now() + delay;
}

void SinkTask::fail(std::string trace) {
  const std::vector<PartitionPosition> written = positions_to_commit();
  if (!written.empty()) source_.commit(written, Commit::later);
  failed_ = true;
  spdlog::error("{}: FAILED: {}", options_.name, trace);
  batch_.reset();
  bisection_.reset();
  std::unique_ptr<Sink> old;
  {
    std::lock_guard lock(mutex_);
    old = std::move(sink_);
    report_.state = TaskReport::State::failed;
    report_.trace = std::move(trace);
    report_.condition.clear();
  }
}

void SinkTask::set_condition(std::string condition) {
  std::lock_guard lock(mutex_);
  if (failed_) return;
  if (!report_.condition.empty() && condition.empty()) spdlog::info("{}: going on", options_.name);
  report_.state = TaskReport::State::running;
  report_.condition = std::move(condition);
}

bool SinkTask::waiting() const { return clock_.now() < wait_until_; }

TaskReport SinkTask::report() const {
  std::lock_guard lock(mutex_);
  TaskReport report = report_;
  if (paused_ && report.state == TaskReport::State::running) report.state = TaskReport::State::paused;
  if (paused_ && report.state == TaskReport::State::starting) report.state = TaskReport::State::paused;
  return report;
}

void SinkTask::set_paused(bool paused) {
  paused_ = paused;
  source_.wake();
}

void SinkTask::interrupt_sink() {
  std::lock_guard lock(mutex_);
  if (sink_) sink_->interrupt();
}

SinkTask::Held* SinkTask::find(PartitionHandle handle) {
  const auto at = held_.find(handle);
  return at == held_.end() ? nullptr : &at->second;
}

}  // namespace sluice
