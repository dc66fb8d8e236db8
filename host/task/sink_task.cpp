#include "task/sink_task.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/loggers.h"
#include "base/thread_stack.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "failpoint/failpoint.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastPatience{2000};  // with a sink that was interrupted
constexpr milliseconds kNotPolled{10000};     // a client that looks at its group ten times a second
constexpr milliseconds kSilence{5000};  // a call of the sink that lasts longer is worth telling

void copy_cut(char* to, size_t size, const std::string& from) {
  const size_t length = std::min(from.size(), size - 1);
  std::memcpy(to, from.data(), length);
  to[length] = '\0';
}

sluice_error to_error(const Outcome& outcome) {
  sluice_error error{};
  copy_cut(error.message, sizeof error.message, outcome.message);
  copy_cut(error.code, sizeof error.code, outcome.code);
  copy_cut(error.field, sizeof error.field, outcome.field);
  return error;
}

}  // namespace

SinkTask::SinkTask(RecordSource& source, SinkFactory make_sink, SinkTraits traits, const Clock& clock, SinkTaskOptions options)
    : source_(source), make_sink_(std::move(make_sink)), traits_(traits), clock_(clock), options_(std::move(options)),
      rejects_(options_.rejects), random_(options_.jitter_seed) {}

SinkTask::~SinkTask() = default;

void SinkTask::step() {
  if (options_.crash_notes && !notes_) {
    notes_ = options_.crash_notes();
    if (!notes_->given_up().empty()) fail(notes_->given_up());
  }
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
        for (const auto& p : change->partitions) {
          held_[p.handle].name = p.name;
          show(p.handle, held_[p.handle]);
        }
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
  SLUICE_FAILPOINT("revoke.begun");
  const bool had_batch = batch_.has_value();
  if (had_batch && attempt_ > 0)
    for (const Batch::Part& part : batch_->parts()) held_[part.handle].put_in_doubt = true;
  batch_.reset();
  bisection_.reset();
  const bool lost = change.kind == AssignmentChange::Kind::lost;
  SLUICE_FAILPOINT("revoke.drained");
  close_sink(lost ? SLUICE_LOST : SLUICE_REVOKED, leaving);
  SLUICE_FAILPOINT("revoke.closed");
  if (!lost) {
    std::vector<PartitionPosition> last;
    for (const PartitionHandle handle : leaving)
      if (const Held& held = held_[handle]; held.durable_offset > held.committed_offset)
        last.push_back(position_of(handle, held));
    if (!last.empty()) source_.commit(last, Commit::now);
  }
  SLUICE_FAILPOINT("revoke.committed");
  for (const PartitionHandle handle : leaving) {
    held_.erase(handle);
    meter_.let_go(handle);
  }
  // Nothing may outlive what it was read with, which the source may be about to make anew.
  if (lost && held_.empty() && sink_ && sink_->retained_bytes() > 0) drop_sink();
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
    const InCall call = in_call("create");
    return make_sink_(rejects_);
  }();
  if (!made.sink) {
    act_on(made.outcome, "starting the sink");
    return false;
  }
  if (reclaim_) SLUICE_FAILPOINT("restart.made");
  std::lock_guard lock(mutex_);
  sink_ = std::move(made.sink);
  return true;
}

// ---- the sink ---------------------------------------------------------------------------------------------------------

void SinkTask::deliver() {
  rejects_.resume();
  const BatchView view = batch_->view(bisection_->done() ? Bisection::Range{} : bisection_->current(), attempt_);
  if (notes_ && give_up_on_guilty(*view)) return;
  if (notes_) note_in_hand(*view);
  const Clock::Time begun = clock_.now();
  SLUICE_FAILPOINT("put.begun");
  const Outcome outcome = [&] {
    const InCall call = in_call("put");
    return sink_->put(view);
  }();
  meter_.put(*view, clock_.now() - begun);
  if (notes_ && (!traits_.commits || outcome.verdict != Verdict::ok)) notes_->all_durable();
  switch (outcome.verdict) {
    case Verdict::ok:
      batch_taken(*view);
      return;
    case Verdict::bad_data:
      ++attempt_;
      batch_refused(*view, outcome);
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

void SinkTask::batch_taken(const LentBatch& view) {
  SLUICE_FAILPOINT("put.answered");
  const std::set<uint32_t> rejected = rejects_.rejected_by_sink(view);
  for (uint32_t i = 0; i < view.span_count; ++i) {
    const sluice_span& span = view.spans[i];
    Held& held = held_[batch_->parts()[view.part_of_span[i]].handle];
    held.put_offset = span.next_offset;
    held.put_in_doubt = false;
    const auto bad = std::distance(rejected.lower_bound(span.first), rejected.lower_bound(span.first + span.count));
    held.written = held.written || span.count > bad;
    // A sink with commit() has only accepted the batch; commit() will say what is durable.
    if (!traits_.commits) held.durable_offset = held.put_offset;
    show(batch_->parts()[view.part_of_span[i]].handle, held);
  }
  batch_->count_rejected(rejected.size());
  batch_->rejected_seen();
  meter_.taken(view, view.record_count - rejected.size());
  if (!traits_.commits) {
    meter_.durable(clock_.now());
    note_passed();
  }
  if (!bisection_->done()) bisection_->passed();
  sink_seen_at_ = clock_.now();
  restarts_ = 0;
  next_part();
  SLUICE_FAILPOINT("put.noted");
}

void SinkTask::batch_refused(const LentBatch& view, const Outcome& why) {
  meter_.answered(why.verdict);
  if (bisection_->done()) {  // positions alone, or with rejected records: there is nothing to halve
    fail("writing: " + why.message);
  } else if (!bisection_->refused()) {
    give_up_on_record(view, why);
  } else {
    SLUICE_FAILPOINT("bisect.halved");
  }
}

// The bad record is found and all before it is written. The position may pass it only once its dead letter is durable.
void SinkTask::give_up_on_record(const LentBatch& view, const Outcome& why) {
  const uint32_t index = bisection_->current().first;
  const uint32_t only[] = {0};
  const sluice_error errors[] = {to_error(why)};
  const Outcome outcome = rejects_.reject(view, only, errors);
  if (outcome.verdict == Verdict::retry) {
    wait_before_retry(outcome);
    return;
  }
  if (!outcome.ok()) {
    rejects_.report_last(view, 0, errors[0]);
    fail(fmt::format("TASK_PUT: {}. Everything before it is written, nothing after it; the task goes on from it at a restart. Mend "
                     "the target or the mapping, then restart the connector", outcome.message));
    return;
  }
  batch_->count_rejected(1);
  if (traits_.wants_advance) batch_->reject(index, errors[0]);
  else pass_over(index);
  bisection_->passed();
  if (notes_) notes_->passed(batch_->part_of(index).name, batch_->next_offset_after(index));
  next_part();
}

// True: it is the one record that crashes the plugin, and has been dealt with.
bool SinkTask::give_up_on_guilty(const LentBatch& view) {
  std::string why;
  if (view.record_count != 1 || !notes_->is_guilty(view.part_of(0).name, view.records[0].offset, why)) return false;
  give_up_on_record(view, Outcome::bad_data(why, "crash"));
  return true;
}

void SinkTask::note_in_hand(const LentBatch& view) {
  std::vector<int64_t> durable(view.span_count, -1);
  for (uint32_t i = 0; traits_.commits && i < view.span_count; ++i) durable[i] = held_[batch_->parts()[view.part_of_span[i]].handle].durable_offset;
  notes_->in_hand(view, durable);
}

// All that the sink was given is durable.
void SinkTask::note_passed() {
  if (!notes_) return;
  notes_->all_durable();
  notes_->sink_works();
  for (const auto& [handle, held] : held_)
    if (held.claimed) notes_->passed(held.name, held.put_offset);
}

// A sink that does not want to see rejected records: the host alone moves the position past this one.
void SinkTask::pass_over(uint32_t index) {
  Held& held = held_[batch_->part_of(index).handle];
  held.put_offset = batch_->next_offset_after(index);
  if (!traits_.commits) held.durable_offset = held.put_offset;
  show(batch_->part_of(index).handle, held);
}

// Something of the batch in hand is done: the next round goes on with what is left of it, or with a new one.
void SinkTask::next_part() {
  // A sink that was only asked says nothing about what the task waits for beside it.
  if (!batch_->parts().empty() || retries_ > 0) set_condition("");
  retries_ = 0;
  if (!bisection_->done() || batch_->has_unseen_rejected()) return;
  batch_.reset();
  bisection_.reset();
  attempt_ = 0;
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
    const InCall call = in_call("close");
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
  meter_.dropped();
  end_sink();
  for (auto& [handle, held] : held_) {
    held.claimed = false;
    held.user = nullptr;
    held.witness.reset();
  }
  reclaim_ = true;
  claim_at_ = {};
}

// Its end may take a while, and is watched as any call.
void SinkTask::end_sink() {
  if (!sink_) return;
  const InCall call = in_call("destroy");
  take_sink().reset();
  if (notes_) notes_->all_durable();
}

InCall SinkTask::in_call(const char* name) {
  return {call_, clock_, options_.rejects.plugin.c_str(), name, notes_ ? notes_->note() : nullptr};
}

// Nobody else sees the sink from here on.
std::unique_ptr<Sink> SinkTask::take_sink() {
  std::lock_guard not_interrupted(interrupt_mutex_);
  std::lock_guard lock(mutex_);
  if (sink_) last_metrics_ = sink_->metrics();
  return std::move(sink_);
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
      const InCall call = in_call("commit");
      return sink_->commit(positions);
    }();
    if (!outcome.ok()) {
      act_on(outcome, "committing");
      return;
    }
    for (size_t i = 0; i < owners.size(); ++i)
      if (positions[i].offset != SLUICE_NO_OFFSET) owners[i]->durable_offset = positions[i].offset;
    const bool all = std::ranges::all_of(owners, [](const Held* held) { return held->durable_offset == held->put_offset; });
    if (all) {
      meter_.durable(clock_.now());
      note_passed();
    }
  }
  const std::vector<PartitionPosition> positions = positions_to_commit();
  if (positions.empty()) return;
  source_.commit(positions, how);
  meter_.committed();
  for (const PartitionPosition& position : positions) {
    Held& held = held_[position.handle];
    held.committed_offset = position.next_offset;
    show(position.handle, held);
    rejects_.forget_below(held.name, position.next_offset);
  }
}

void SinkTask::stop_and_close() {
  SLUICE_FAILPOINT("stop.begun");
  batch_.reset();
  bisection_.reset();
  if (sink_ && !failed_) {
    std::vector<PartitionHandle> all;
    for (const auto& [handle, held] : held_) all.push_back(handle);
    close_sink(SLUICE_STOP, all);
    SLUICE_FAILPOINT("stop.closed");
    const std::vector<PartitionPosition> positions = positions_to_commit();
    if (!positions.empty()) source_.commit(positions, Commit::now);
    SLUICE_FAILPOINT("stop.committed");
  }
  end_sink();
  SLUICE_FAILPOINT("stop.destroyed");
  std::lock_guard lock(mutex_);
  if (report_.state != TaskReport::State::failed) report_.state = TaskReport::State::stopped;
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
  meter_.answered(outcome.verdict);
  // What waits for a person is tried for as long as it takes.
  if (!outcome.blocked() && options_.restart_max >= 0 && restarts_ >= options_.restart_max) {
    fail(fmt::format("{}: {}. The sink was made anew {} time(s) in a row without getting on, which is restart.max", doing,
                     outcome.message, restarts_));
    return;
  }
  task_log().warn("{}: {}; starting again from the stored position", doing, outcome.message);
  drop_sink();
  SLUICE_FAILPOINT("restart.dropped");
  wait_as(outcome, delay_of(outcome, options_.restart_backoff, static_cast<uint32_t>(restarts_)));
  ++restarts_;
}

void SinkTask::wait_before_retry(const Outcome& outcome) {
  meter_.answered(outcome.verdict);
  wait_as(outcome, delay_of(outcome, options_.backoff, retries_++));
}

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
  if (changed) task_log().warn("{}", condition);
  set_condition(condition);
  wait_until_ = clock_.now() + delay;
}

void SinkTask::fail(std::string trace) {
  const std::vector<PartitionPosition> written = positions_to_commit();
  if (!written.empty()) source_.commit(written, Commit::later);
  failed_ = true;
  task_log().error("FAILED: {}", trace);
  batch_.reset();
  bisection_.reset();
  meter_.answered(Verdict::fatal);
  meter_.dropped();
  end_sink();
  std::lock_guard lock(mutex_);
  report_.time_may_mend = left_group_;
  report_.state = TaskReport::State::failed;
  report_.trace = std::move(trace);
  report_.condition.clear();
  claim_condition_.clear();
}

void SinkTask::set_claim_condition(const std::string& condition) {
  std::lock_guard lock(mutex_);
  if (claim_condition_ == condition) return;
  if (condition.empty()) task_log().info("going on with all partitions");
  else task_log().warn("{}", condition);
  claim_condition_ = condition;
  report_.state = TaskReport::State::running;
}

void SinkTask::set_condition(std::string condition) {
  std::lock_guard lock(mutex_);
  if (failed_) return;
  if (!report_.condition.empty() && condition.empty()) task_log().info("going on");
  report_.state = TaskReport::State::running;
  report_.condition = std::move(condition);
}

bool SinkTask::waiting() const { return clock_.now() < wait_until_; }

TaskReport SinkTask::report() const {
  std::lock_guard lock(mutex_);
  TaskReport report = report_;
  if (report.condition.empty()) report.condition = claim_condition_;
  // Before whatever follows from it: that nobody answers, for instance.
  if (const std::string blocked = report.state == TaskReport::State::failed ? "" : source_.blocked(); !blocked.empty()) {
    report.condition = "blocked: " + blocked;
    if (report.state == TaskReport::State::starting) report.state = TaskReport::State::running;
  }
  if (const auto since = call_.since.load(); since != 0) {
    const auto lasts = clock_.now() - Clock::Time(Clock::Time::duration(since));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lasts).count();
    report.hangs = lasts > options_.put_timeout;
    report.stuck = lasts > options_.put_timeout + unanswered_limit();
    if (lasts >= kSilence && report.condition.empty()) {
      report.condition = fmt::format("waiting for the sink, whose {}() has not answered for {} s", call_.name.load(), seconds);
      if (report.state == TaskReport::State::starting) report.state = TaskReport::State::running;
    }
    if (left_group_ && report.state != TaskReport::State::failed) {
      report.state = TaskReport::State::failed;
      report.trace = fmt::format("{}() of the plugin {} has not answered for {} s and did not react to being interrupted: the task has left its "
                                 "consumer group, so that others take over its partitions. It starts again once the call comes back; the log "
                                 "says where it is", call_.name.load(), options_.rejects.plugin, seconds);
    }
  }
  if (const auto silent = source_.silent_for(); silent > kNotPolled) {
    report.hangs = true;
    report.condition = fmt::format("waiting for the Kafka client, whose thread has not polled for {} s", silent.count() / 1000);
  }
  if (paused_ && report.state == TaskReport::State::running) report.state = TaskReport::State::paused;
  if (paused_ && report.state == TaskReport::State::starting) report.state = TaskReport::State::paused;
  return report;
}

TaskFigures SinkTask::figures() const {
  TaskFigures figures = meter_.figures();
  for (PartitionFigures& partition : figures.partitions) partition.end = source_.end_of(partition.name);
  figures.memory_bound = options_.memory_bound;
  figures.rejected = rejects_.count();
  figures.letters = rejects_.letters();
  figures.letter_failures = rejects_.letter_failures();
  std::lock_guard lock(mutex_);
  figures.plugin = sink_ ? sink_->metrics() : last_metrics_;
  return figures;
}

std::set<std::string> SinkTask::take_topics() {
  std::lock_guard lock(mutex_);
  return std::exchange(topics_, {});
}

void SinkTask::set_paused(bool paused) {
  paused_ = paused;
  source_.wake();
}

// Not under mutex_: a plugin that hangs in its interrupt(), too, must not keep those waiting who ask how the task is.
void SinkTask::interrupt_sink() {
  rejects_.interrupt();
  std::lock_guard lives_on(interrupt_mutex_);
  Sink* sink = nullptr;
  {
    std::lock_guard lock(mutex_);
    sink = sink_.get();
  }
  if (sink) sink->interrupt();
}

void SinkTask::look_after_call() {
  const auto since = call_.since.load();
  if (since == 0) return;
  const auto lasts = clock_.now() - Clock::Time(Clock::Time::duration(since));
  if (lasts <= options_.put_timeout) return;
  if (std::exchange(told_call_, since) != since) {
    meter_.hung();
    const std::string stack = stack_of(call_.thread);
    task_log().error("{}() of the plugin {} hangs: it has not answered for {:.1f} s, longer than put.timeout.ms; it is interrupted.{}{}", call_.name.load(),
                     options_.rejects.plugin, std::chrono::duration<double>(lasts).count(), stack.empty() ? "" : " It is at\n", stack);
  }
  if (lasts > options_.put_timeout + unanswered_limit() && !left_group_.exchange(true)) {
    task_log().error("{}() of the plugin {} does not react to being interrupted; the task leaves its consumer group", call_.name.load(),
                     options_.rejects.plugin);
    source_.give_up_membership();
  }
  interrupt_sink();
}

// From the first interrupt of a call on.
milliseconds SinkTask::unanswered_limit() const { return std::max(options_.put_timeout, kLeastPatience); }

bool SinkTask::any_claimed() const {
  return std::any_of(held_.begin(), held_.end(), [](const auto& each) { return each.second.claimed; });
}

SinkTask::Held* SinkTask::find(PartitionHandle handle) {
  const auto at = held_.find(handle);
  return at == held_.end() ? nullptr : &at->second;
}

}  // namespace sluice
