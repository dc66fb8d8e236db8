// How a task takes partitions: where the sink's stored position stands in the log, and whether it is the same log.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/log_context.h"
#include "base/loggers.h"

#include <algorithm>
#include <cstring>

#include "failpoint/failpoint.h"
#include "task/sink_call.h"
#include "task/sink_task.h"

namespace sluice {
namespace {

bool is_zero(const uint8_t (&id)[16]) {
  static const uint8_t zero[16]{};
  return std::memcmp(id, zero, sizeof zero) == 0;
}

// What the sink says against what Kafka says, as far as it cannot be true of the same log and store at the same time.

bool has_lost_position(const PartitionStart& start, const sluice_partition& claimed) {
  return start.committed_as_written && claimed.witness_offset < 0;
}

bool is_of_another_topic(const PartitionStart& start, const sluice_partition& claimed) {
  return std::memcmp(claimed.topic_id, start.topic_id.data(), 16) != 0 && !is_zero(claimed.topic_id) && start.topic_id != TopicId{};
}

bool contradicts(const PartitionStart& start, const sluice_partition& claimed) {
  return claimed.offset > start.high_watermark || has_lost_position(start, claimed) || is_of_another_topic(start, claimed);
}

}  // namespace

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
    for (size_t i = 0; i < handles.size() && !failed_; ++i) {
      // What kept all of them back is over, once one is claimed: after an outage the rest is not waited for one by one.
      if (i == 1 && handles.size() > 2) {
        outcome = claim_some({handles.begin() + 1, handles.end()});
        if (outcome.verdict != Verdict::retry) break;
      }
      outcome = claim_some({handles[i]});
      if (outcome.ok()) continue;
      stuck_ = handles[i];
      if (any_claimed()) outcome.message += fmt::format(" ({}; the others go on)", held_[stuck_].name.text());
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
    meter_.answered(outcome.verdict);
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
  SLUICE_FAILPOINT_OR("claim.begun", return Outcome::retry("Kafka to say where partitions stand: a failpoint"));
  if (Outcome found = source_.look_up(partitions, starts); !found.ok()) return found;
  SLUICE_FAILPOINT("claim.looked_up");

  std::vector<sluice_partition> claims;
  for (size_t i = 0; i < handles.size(); ++i) {
    Held& held = held_[handles[i]];
    held.start = starts[i];
    // Where the group's commit says that a sink wrote, check_claim() stops a sink that has no position. What such a sink has stored by then
    // counts once the commit is deleted, and then the commit must not be where it begins.
    const bool stops = traits_.owns_offsets && held.start.committed_as_written;
    claims.push_back(to_abi(held.name, held.start, stops ? held.start.low_watermark : held.start.start_offset, nullptr));
  }
  {
    const InCall call = in_call("open");
    if (Outcome opened = sink_->open(claims); !opened.ok()) return opened;
  }
  Outcome begun = begin_claimed(handles, partitions, claims);
  if (begun.ok()) return begun;
  // They may be another's by the time that this is tried again: the sink must not count on them.
  const InCall call = in_call("close");
  Outcome closed = sink_->close(claims, SLUICE_LOST);
  return closed.verdict == Verdict::restart || closed.verdict == Verdict::fatal ? closed : begun;
}

// What the sink has claimed is read from its positions on, if the log allows it.
Outcome SinkTask::begin_claimed(const std::vector<PartitionHandle>& handles, const std::vector<AssignmentChange::Partition>& partitions,
                                const std::vector<sluice_partition>& claims) {
  // Kafka was asked before the claim, perhaps long before, if the process was frozen in between: a former owner may have written more since
  // than the ends say, and a person may have set the positions, or made the topic anew.
  bool look_again = false;
  for (size_t i = 0; i < handles.size(); ++i) look_again = look_again || contradicts(held_[handles[i]].start, claims[i]);
  if (look_again) {
    std::vector<PartitionStart> starts;
    if (Outcome found = source_.look_up(partitions, starts); !found.ok()) return found;
    for (size_t i = 0; i < handles.size(); ++i) held_[handles[i]].start = starts[i];
    if (Outcome member = confirm_doubted(handles, claims); !member.ok()) return member;
  }

  std::vector<PartitionPosition> from;
  for (size_t i = 0; i < handles.size(); ++i) {
    Held& held = held_[handles[i]];
    held.user = claims[i].user;
    if (!check_claim(held, claims[i])) return Outcome::good();  // failed, with the reason
    from.push_back({handles[i], held.witness ? held.witness->witness_offset : held.next_offset, held.leader_epoch});
  }
  SLUICE_FAILPOINT_OR("claim.opened", return Outcome::retry("the Kafka client to take a position: a failpoint"));
  if (Outcome begun = source_.begin(from); !begun.ok()) return begun;
  SLUICE_FAILPOINT("claim.assigned");
  sink_seen_at_ = clock_.now();
  for (const PartitionHandle handle : handles) {
    Held& held = held_[handle];
    held.claimed = true;
    held.begin_pending = false;
    show(handle, held);
    const LogContext about(held.name, held.next_offset);
    task_log().info("claimed {} at offset {}", held.name.text(), held.next_offset);
  }
  return Outcome::good();
}

// Kafka was asked after the claim now, perhaps long after: what contradicts the claim may be a next owner's work. Only of a partition that is
// still ours does it say that something is wrong. To find out, what the group has is committed once more; where it has nothing, the word of the
// log has to do.
Outcome SinkTask::confirm_doubted(const std::vector<PartitionHandle>& handles, const std::vector<sluice_partition>& claims) {
  if (!traits_.owns_offsets) return Outcome::good();
  std::vector<PartitionPosition> positions;
  for (size_t i = 0; i < handles.size(); ++i) {
    const PartitionStart& start = held_[handles[i]].start;
    const bool is_doubted = contradicts(start, claims[i]) || claims[i].offset < start.low_watermark;
    if (is_doubted && start.committed >= 0) positions.push_back({handles[i], start.committed, -1, start.committed_as_written});
  }
  return positions.empty() ? Outcome::good() : source_.confirm_membership(positions);
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
  held.end_doubted = false;
  held.end_offset = -1;
  held.written = claimed.witness_offset >= 0;
  held.unreadable = 0;
  held.put_in_doubt = false;
  if (!traits_.owns_offsets) return true;

  const std::string where = held.name.text();
  const LogContext about(held.name, claimed.offset);
  if (has_lost_position(start, claimed)) {
    fail(fmt::format("{}: the sink has no position for it, but the consumer group's commit says that it had written up to {}: its "
                     "store was made anew, or its positions were deleted. Going on could skip or repeat records. Bring the "
                     "positions back; or, to begin anew, delete the group's offsets or give the connector a new name", where,
                     start.committed));
    return false;
  }
  if (is_of_another_topic(start, claimed)) {
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
  if (start.committed >= 0 && start.committed != claimed.offset) {
    // Commits come later than positions. One that is ahead, or that does not bear our mark, is somebody else's work.
    const bool strange = start.committed > claimed.offset || (held.written && !start.committed_as_written);
    task_log().log(strange ? spdlog::level::warn : spdlog::level::debug,
                   "{}: the group's committed offset is {}, the sink's own position {} counts", where, start.committed, claimed.offset);
  }
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
  task_log().warn("{}; skipped, as on.lost.range says", lost);
  held.next_offset = low_watermark;
  held.has_gaps = true;
  return true;
}

}  // namespace sluice
