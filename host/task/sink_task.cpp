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
constexpr milliseconds kSilence{5000};  // a call of the sink that lasts longer is worth telling
constexpr const char* kReset = "To go on with the log as it is, reset the connector's position for this topic (README, \"Resetting a "
                               "position\")";
constexpr int kUnreadableMax = 5;
constexpr milliseconds kUnreadableWait{2000};

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

// While it lives, the sink is in a call.
class InCall {
 public:
  InCall(std::atomic<Clock::Time::rep>& since, const Clock& clock) : since_(since) { since_ = clock.now().time_since_epoch().count(); }
  ~InCall() { since_ = 0; }
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;

 private:
  std::atomic<Clock::Time::rep>& since_;
};

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
  } else if (have_sink()) {
    claim();
    if (!failed_ && sink_ && !waiting() && (batch_ || fetch())) deliver();
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
        wait_until_ = claim_at_ = {};  // whatever was waited for, a claim is tried at once
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
        last.push_back(position_of(handle, held));
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
  MadeSink made = [&] {
    const InCall call(call_since_, clock_);
    return make_sink_();
  }();
  if (!made.sink) {
    act_on(made.outcome, "starting the sink");
    return false;
  }
  std::lock_guard lock(mutex_);
  sink_ = std::move(made.sink);
  return true;
}

// Claims what is not claimed yet. A partition that cannot be claimed now, because somebody holds its row or it has no leader,
// must not stop the others: they are tried one by one then, and what is claimed is worked on meanwhile.
void SinkTask::claim() {
  if (clock_.now() < claim_at_) return;
  std::vector<PartitionHandle> handles;
  for (const auto& [handle, held] : held_)
    if (!held.claimed) handles.push_back(handle);
  if (handles.empty()) {
    reclaim_ = claim_singly_ = false;
    set_claim_condition("");
    return;
  }
  Outcome outcome = reclaim_ ? confirm_before_reclaim(handles) : Outcome::good();
  if (outcome.ok() && !claim_singly_) {
    outcome = claim_some(handles);
    claim_singly_ = outcome.verdict == Verdict::retry && handles.size() > 1;
  } else if (outcome.ok()) {
    // Beginning behind the one that failed last, so that each gets its turn.
    std::rotate(handles.begin(), std::upper_bound(handles.begin(), handles.end(), stuck_), handles.end());
    for (const PartitionHandle handle : handles) {
      outcome = claim_some({handle});
      if (outcome.ok() && !failed_) continue;
      stuck_ = handle;
      if (any_claimed()) outcome.message += fmt::format(" ({}; the others go on)", held_[handle].name.text());
      break;
    }
  }
  if (failed_) return;
  if (outcome.ok()) {
    claim_retries_ = 0;
    claim_singly_ = false;
    retries_ = 0;
    set_claim_condition("");
    if (!batch_) set_condition("");
  } else if (outcome.verdict == Verdict::retry) {
    claim_at_ = clock_.now() + delay_of(outcome, options_.backoff, claim_retries_++);
    set_claim_condition(outcome.condition());
    // With nothing to work on the loop would spin until then.
    if (!any_claimed()) wait_until_ = claim_at_;
  } else {
    act_on(outcome, "claiming partitions");
  }
}

// After a restart of the sink the partitions may have gone to another process meanwhile, which a process that was frozen does
// not know. Taking them back from their new owner would be allowed by the store, but rude and endless.
Outcome SinkTask::confirm_before_reclaim(const std::vector<PartitionHandle>& handles) {
  std::vector<PartitionPosition> positions;
  for (const PartitionHandle handle : handles)
    if (const Held& held = held_[handle]; held.durable_offset >= 0) positions.push_back(position_of(handle, held));
  Outcome member = positions.empty() ? Outcome::good() : source_.confirm_membership(positions);
  if (member.ok()) reclaim_ = false;
  return member;
}

Outcome SinkTask::claim_some(const std::vector<PartitionHandle>& handles) {
  std::vector<AssignmentChange::Partition> partitions;
  for (const PartitionHandle handle : handles) partitions.push_back({handle, held_[handle].name});
  std::vector<PartitionStart> starts;
  if (Outcome found = source_.look_up(partitions, starts); !found.ok()) return found;

  std::vector<sluice_partition> claims;
  for (size_t i = 0; i < handles.size(); ++i) {
    Held& held = held_[handles[i]];
    held.start = starts[i];
    claims.push_back(to_abi(held.name, held.start, held.start.start_offset, nullptr));
  }
  {
    const InCall call(call_since_, clock_);
    if (Outcome opened = sink_->open(claims); !opened.ok()) return opened;
  }

  // The ends were asked before the claim: a former owner may have written more since, and more than they say.
  const auto beyond = [&](size_t i) { return claims[i].offset > held_[handles[i]].start.high_watermark; };
  bool look_again = false;
  for (size_t i = 0; i < handles.size(); ++i) look_again = look_again || beyond(i);
  if (look_again) {
    if (Outcome found = source_.look_up(partitions, starts); !found.ok()) return found;
    for (size_t i = 0; i < handles.size(); ++i) held_[handles[i]].start = starts[i];
  }

  std::vector<PartitionPosition> from;
  for (size_t i = 0; i < handles.size(); ++i) {
    Held& held = held_[handles[i]];
    held.user = claims[i].user;
    if (!check_claim(held, claims[i])) return Outcome::good();  // failed, with the reason
    from.push_back({handles[i], held.witness ? held.witness->witness_offset : held.next_offset, held.leader_epoch});
  }
  if (Outcome begun = source_.begin(from); !begun.ok()) return begun;
  for (const PartitionHandle handle : handles) {
    Held& held = held_[handle];
    held.claimed = true;
    held.begin_pending = false;
    spdlog::info("{}: claimed {} at offset {}", options_.name, held.name.text(), held.next_offset);
  }
  return Outcome::good();
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
  held.written = claimed.witness_offset >= 0;
  held.unreadable = 0;
  if (!traits_.owns_offsets) return true;

  const std::string where = held.name.text();
  if (start.committed_as_written && claimed.witness_offset < 0) {
    fail(fmt::format("{}: the sink has no position for it, but the consumer group's commit says that it had written up to {}: its "
                     "store was made anew, or its positions were deleted. Going on could skip or repeat records. Bring the "
                     "positions back; or, to begin anew, delete the group's offsets or give the connector a new name", where,
                     start.committed));
    return false;
  }
  if (std::memcmp(claimed.topic_id, start.topic_id.data(), 16) != 0 && !is_zero(claimed.topic_id) && start.topic_id != TopicId{}) {
    fail(fmt::format("{}: the topic was deleted and made anew: its id is another one than that of the stored position {}. "
                     "Going on would skip or repeat records. {}", where, claimed.offset, kReset));
    return false;
  }
  if (claimed.offset > start.high_watermark) {
    fail(fmt::format("{}: the stored position is {}, but the log ends at {}: the topic was deleted and made anew, or its log "
                     "was cut. Going on would skip records. {}", where, claimed.offset, start.high_watermark, kReset));
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
  held.unreadable = 0;
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
                   "restored. Going on would skip or repeat records. {}", held.name.text(), witness.witness_offset, kReset));
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
      fail(fmt::format("{}: the log was cut below the position {} (unclean leader election): {}. {}", held->name.text(),
                       held->next_offset, event.message, kReset));
      break;
    case PartitionEvent::Kind::unreadable:
      explain_unreadable(event.partition, *held, event.message);
      break;
  }
}

// The client cannot read on: a damaged batch, or one by a codec that it lacks. It may be a bad transfer, so it is read again;
// what stays unreadable must not be skipped.
void SinkTask::explain_unreadable(PartitionHandle handle, Held& held, const std::string& message) {
  if (waiting()) return;  // one damaged batch is told in several ways
  if (++held.unreadable > kUnreadableMax) {
    fail(fmt::format("{}: the records from offset {} on cannot be read from Kafka: {}. Mend or delete that part of the log, then "
                     "restart the connector", held.name.text(), held.next_offset, message));
    return;
  }
  wait_as(Outcome::retry(fmt::format("Kafka to send readable records of {} from offset {} on: {}", held.name.text(), held.next_offset,
                                     message)), kUnreadableWait);
  begin(handle, held);
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
                     "Going on would skip records. {}", held.name.text(), held.next_offset, starts[0].high_watermark, kReset));
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
  const Outcome outcome = [&] {
    const InCall call(call_since_, clock_);
    return sink_->put(view);
  }();
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
      restarts_ = 0;
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
    held.written = held.written || view.spans[i].count > 0;
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
  const Outcome outcome = [&] {
    const InCall call(call_since_, clock_);
    return sink_->close(closing, why);
  }();
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
  claim_at_ = {};
}

PartitionPosition SinkTask::position_of(PartitionHandle handle, const Held& held) {
  return {handle, held.durable_offset, held.leader_epoch, held.written};
}

std::vector<PartitionPosition> SinkTask::positions_to_commit() const {
  std::vector<PartitionPosition> positions;
  for (const auto& [handle, held] : held_)
    if (held.claimed && held.durable_offset >= 0 && held.durable_offset != held.committed_offset)
      positions.push_back(position_of(handle, held));
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
    const Outcome outcome = [&] {
      const InCall call(call_since_, clock_);
      return sink_->commit(positions);
    }();
    if (!outcome.ok()) {
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
      restart(outcome, doing);
      return false;
    case Verdict::bad_data:
    case Verdict::fatal:
      fail(fmt::format("{}: {}", doing, outcome.message));
      return false;
  }
  return false;
}

void SinkTask::restart(const Outcome& outcome, const char* doing) {
  ++attempt_;
  // What waits for a person is tried for as long as it takes.
  if (!outcome.blocked() && options_.restart_max >= 0 && restarts_ >= options_.restart_max) {
    fail(fmt::format("{}: {}. The sink was made anew {} time(s) in a row without getting on, which is restart.max", doing,
                     outcome.message, restarts_));
    return;
  }
  spdlog::warn("{}: {}: {}; starting again from the stored position", options_.name, doing, outcome.message);
  drop_sink();
  wait_as(outcome, delay_of(outcome, options_.restart_backoff, static_cast<uint32_t>(restarts_)));
  ++restarts_;
}

void SinkTask::wait_before_retry(const Outcome& outcome) { wait_as(outcome, delay_of(outcome, options_.backoff, retries_++)); }

milliseconds SinkTask::delay_of(const Outcome& outcome, const Backoff& backoff, uint32_t retry) {
  if (outcome.retry_after.count() > 0) return outcome.retry_after;
  if (outcome.blocked()) return options_.blocked_retry;
  return backoff.delay(retry, std::uniform_real_distribution<double>(0, 1)(random_));
}

void SinkTask::wait_as(const Outcome& outcome, milliseconds delay) {
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
    claim_condition_.clear();
  }
}

void SinkTask::set_claim_condition(const std::string& condition) {
  std::lock_guard lock(mutex_);
  if (claim_condition_ == condition) return;
  if (condition.empty()) spdlog::info("{}: going on with all partitions", options_.name);
  else spdlog::warn("{}: {}", options_.name, condition);
  claim_condition_ = condition;
  report_.state = TaskReport::State::running;
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
  if (report.condition.empty()) report.condition = claim_condition_;
  if (const auto since = call_since_.load(); since != 0 && report.condition.empty()) {
    const auto lasts = clock_.now() - Clock::Time(Clock::Time::duration(since));
    if (lasts >= kSilence) {
      report.condition = fmt::format("waiting for the sink, which has not answered for {} s",
                                     std::chrono::duration_cast<std::chrono::seconds>(lasts).count());
      if (report.state == TaskReport::State::starting) report.state = TaskReport::State::running;
    }
  }
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

void SinkTask::interrupt_overdue_call() {
  const auto since = call_since_.load();
  if (since != 0 && clock_.now() - Clock::Time(Clock::Time::duration(since)) > options_.put_timeout) interrupt_sink();
}

bool SinkTask::any_claimed() const {
  return std::any_of(held_.begin(), held_.end(), [](const auto& each) { return each.second.claimed; });
}

SinkTask::Held* SinkTask::find(PartitionHandle handle) {
  const auto at = held_.find(handle);
  return at == held_.end() ? nullptr : &at->second;
}

}  // namespace sluice
