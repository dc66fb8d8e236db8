// The person of a world: sees what has failed, does what the message says, edits offsets while nothing runs.
#include <fmt/format.h>

#include "sim/world.h"

namespace sluice::sim {
namespace {

using std::chrono::milliseconds;

bool says(const std::string& trace, const char* words) { return trace.find(words) != std::string::npos; }

}  // namespace

// A task must not fail for what time mends, nor for what did not happen.
bool World::is_justified(const std::string& trace) const {
  if (says(trace, "same worker.id")) return had_twin_;
  if (says(trace, "made anew, or its positions were deleted")) return went_back_;
  if (says(trace, "made anew") || says(trace, "is not the one that was written last")) return was_recreated_;
  if (says(trace, "deleted by the topic's retention")) return range_was_lost_ || went_back_ || was_recreated_ || plan.has(Fault::edit) || plan.has(Fault::reset);
  if (says(trace, "cannot be read from Kafka")) return was_damaged_;
  if (says(trace, "another database")) return was_human_;
  if (says(trace, "TASK_PUT")) return !plan.tolerates && plan.bad_percent > 0;
  return false;
}

void World::see_to_failures() {
  // What failed while it was frozen is seen when it goes on. Each remedy may replace all processes, hence one at a time.
  for (size_t i = 0; i < processes_.size(); ++i) {
    Process& process = *processes_[i];
    if (process.frozen || process.has_ended()) continue;
    const TaskReport report = process.report();
    if (report.state == TaskReport::State::failed) return see_to(process);
    if (!says(report.condition, "errors.max.share")) continue;
    note("person", "raises errors.max.share");
    count("too many records of a batch were bad");
    plan.max_share = 1;
    if (stop_all()) restart_all();
    return;
  }
}

void World::see_to(Process& process) {
  const std::string trace = process.report().trace;
  std::set<TopicPartition> all, concerned;
  for (const TopicPartition& name : kafka.partitions()) {
    if (says(trace, (name.topic + ": ").c_str())) concerned.insert(name);
    if (trace.starts_with(name.text() + ": "))
      for (const TopicPartition& each : kafka.partitions())
        if (each.topic == name.topic) concerned.insert(each);
  }
  if (says(trace, "made anew, or its positions were deleted")) {
    count("positions were missed");
    if (!stop_all()) return;
    mend_group(concerned);
    return restart_all();
  }
  if (says(trace, "made anew") || says(trace, "is not the one that was written last")) {
    count(says(trace, "is not the one that was written last") ? "a topic made anew was noticed by the witness" : "a topic made anew was noticed");
    if (!stop_all()) return;
    edit_offsets(concerned, random.chance(50), false);
    return restart_all();
  }
  if (says(trace, "deleted by the topic's retention")) {
    count("a lost range was noticed");
    if (!stop_all()) return;
    std::erase_if(concerned, [&](const TopicPartition& name) { return !trace.starts_with(name.text() + ": "); });
    edit_offsets(concerned, random.chance(50), false);
    return restart_all();
  }
  if (says(trace, "TASK_PUT")) {
    count("a bad record stopped a task");
    is_mended = true;
  }
  if (says(trace, "same worker.id")) count("a twin was fenced");
  note("person", "restarts " + process.name());
  const int host = process.host;
  process.kill();
  remove_ended();
  if (!process_of(host)) start(host);
}

// As REST stops a connector: the tasks that can end, and the group is empty. What is frozen stays, as a zombie.
bool World::stop_all() {
  note("person", "stops the connector");
  for (const auto& process : processes_) process->request_stop(true);
  for (int i = 0; i < 60 && violation_.empty(); ++i) {
    for (const auto& process : processes_)
      for (int k = 0; k < 12 && process->can_run(); ++k) process->run();
    remove_ended();
    bool any = false;
    for (const auto& process : processes_) any = any || !process->frozen;
    if (!any && kafka.is_empty()) return violation_.empty();
    advance(milliseconds(1000));
    observe();
  }
  if (violation_.empty()) violated("a connector does not stop");
  return false;
}

void World::restart_all() {
  for (int host = 0; host < plan.processes; ++host) {
    if (Process* lingers = process_of(host)) {  // frozen, with a stop asked for: it may end by itself, or be fenced
      if (lingers->frozen) had_twin_ = true;
    }
    start(host);
  }
}

// The group first, as host/offsets_desk.cpp does it: its commit would else be where an unset position begins.
void World::edit_offsets(const std::set<TopicPartition>& which, bool unset, bool random_place) {
  std::vector<FakePostgres::Edit> edits;
  for (const TopicPartition& name : which) {
    const FakeKafka::Log& log = kafka.log(name);
    FakePostgres::Edit edit{name, log.id, {}};
    if (!unset) edit.next_offset = random_place ? random.between(log.low, log.high) : log.low;
    edits.push_back(edit);
    if (unset) kafka.committed.erase(name);
    else kafka.committed[name] = {*edit.next_offset, false};
    if (edit.next_offset) invariants_.migrated(name, *edit.next_offset);
  }
  if (!postgres.alter(edits)) {
    count("an edit met a lock");
    return;
  }
  for (const FakePostgres::Edit& edit : edits) {
    invariants_.edited(edit.name, edit.next_offset);
    note("person", fmt::format("sets {} to {}", edit.name.text(), edit.next_offset.value_or(-1)));
    count(edit.next_offset ? "a person set a position" : "a person unset a position");
  }
}

void World::mend_group(const std::set<TopicPartition>& which) {
  for (const TopicPartition& name : which) kafka.committed.erase(name);
}

}  // namespace sluice::sim
