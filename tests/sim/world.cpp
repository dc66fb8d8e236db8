#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace sluice::sim {
namespace {

using std::chrono::milliseconds;

constexpr const char* kTopics[] = {"a", "b"};

}  // namespace

World::World(uint64_t seed, Counts& counts, bool traced)
    : is_traced(traced), random(seed), plan(Plan::of(random)), kafka(clock, plan.tells_topic_ids), postgres(clock), counts_(counts) {
  for (int t = 0; t < plan.topics; ++t) kafka.create(kTopics[t], plan.partitions);
  started_.resize(static_cast<size_t>(plan.processes));
}

World::~World() { processes_.clear(); }

std::string World::run() {
  if (plan.migrates) {
    produce(20);
    for (const TopicPartition& name : kafka.partitions()) {
      const int64_t committed = random.between(0, kafka.log(name).high);
      kafka.committed[name] = {committed, false};
      invariants_.migrated(name, committed);
    }
    count("a group's commit was taken over");
  }
  for (int host = 0; host < plan.processes; ++host) start(host);
  for (int i = 0; i < plan.steps && violation_.empty(); ++i) {
    take_step();
    observe();
  }
  if (violation_.empty()) drain();
  return violation_;
}

void World::violated(std::string what) {
  if (!violation_.empty()) return;
  note("world", "VIOLATION: " + what);
  violation_ = std::move(what);
}

void World::note(const std::string& who, const std::string& text) const {
  if (!is_traced) return;
  const auto now = std::chrono::duration_cast<milliseconds>(clock.now().time_since_epoch() - std::chrono::hours(1)).count();
  std::fprintf(stderr, "%9.3f s  %-7s %s\n", static_cast<double>(now) / 1000, who.c_str(), text.c_str());
}

// The first letter of a value says what becomes of it.
FakePostgresSink::Quality World::quality_of(std::string_view value) const {
  if (is_mended || value[0] == 'g') return FakePostgresSink::Quality::good;
  return value[0] == 'u' ? FakePostgresSink::Quality::undecodable : FakePostgresSink::Quality::refused;
}

void World::observe() {
  remove_ended();
  if (std::string wrong = invariants_.check(postgres, kafka, letters, plan.skips_lost_ranges); !wrong.empty()) violated(std::move(wrong));
  for (const auto& process : processes_) {
    if (process->failure_seen || process->frozen) continue;
    const TaskReport report = process->report();
    if (report.state != TaskReport::State::failed) continue;
    process->failure_seen = true;
    count("a task failed");
    if (is_traced) note(process->name(), "FAILED: " + report.trace);
    if (!is_justified(report.trace)) violated(process->name() + " failed without a cause: " + report.trace);
  }
}

void World::check_kafka_commit(const TopicPartition& partition, int64_t next_offset, bool written) {
  if (std::string wrong = invariants_.check(postgres, kafka, letters, plan.skips_lost_ranges); !wrong.empty()) violated(std::move(wrong));
  if (std::string wrong = invariants_.check_kafka_commit(partition, next_offset, written); !wrong.empty()) violated(std::move(wrong));
}

// ---- the schedule -----------------------------------------------------------------------------------------------------

void World::take_step() {
  if (random.chance(plan.fault_percent)) {
    const auto which = static_cast<Fault>(random.below(static_cast<int64_t>(Fault::count)));
    if (plan.has(which)) fault(which);
    return;
  }
  const int64_t dice = random.below(100);
  if (dice < 12) return produce(5);
  if (dice < 24) {
    static constexpr int64_t kTimes[] = {10, 100, 100, 300, 1000, 1000, 3000, 6000, 12000, 31000, 65000};
    return advance(milliseconds(kTimes[random.below(static_cast<int64_t>(std::size(kTimes)))]));
  }
  if (dice < 27) return see_to_failures();
  if (dice < 30) {  // what stood still goes on
    for (const auto& process : processes_)
      if (process->frozen && random.chance(50)) {
        process->frozen = false;
        note(process->name(), "thaws");
        count("a frozen process went on");
      }
    for (int host = 0; host < plan.processes; ++host)
      if (!process_of(host)) start(host);
    return;
  }
  run_one();
}

void World::run_one() {
  Process* process = any_process();
  if (!process) return;
  const int64_t times = random.between(1, 6);
  for (int64_t i = 0; i < times && process->can_run() && violation_.empty(); ++i) process->run();
}

void World::produce(int most) {
  const TopicPartition& name = any_partition();
  const int64_t records = random.between(1, most);
  for (int64_t i = 0; i < records; ++i) {
    if (plan.has_gaps && random.chance(20)) {
      kafka.append_invisible(name);
      count("control records or compacted ones");
      continue;
    }
    const bool bad = random.chance(plan.bad_percent);
    const char quality = !bad ? 'g' : random.chance(50) ? 'u' : 'r';
    if (bad) count("a bad record");
    kafka.append(name, fmt::format("{}{}", quality, ++records_));
  }
  if (is_traced) note("world", fmt::format("{} has records up to {}", name.text(), kafka.log(name).high));
}

// In slices, so that whoever is not frozen stays in its group.
void World::advance(milliseconds time) {
  while (time.count() > 0) {
    const milliseconds slice = std::min(time, milliseconds(2500));
    time -= slice;
    clock.advance(slice);
    for (const auto& process : processes_)
      if (process->can_run()) process->control();
    kafka.tick();
    postgres.tick();
  }
}

void World::fault(Fault which) {
  if (which <= Fault::twin) fault_of_process(which);
  else if (which <= Fault::recreate) fault_of_kafka(which);
  else if (which <= Fault::stall) fault_of_postgres(which);
  else if (which <= Fault::letters_unheard) letters_fault = which;
  else by_person(which);
}

void World::fault_of_process(Fault which) {
  Process* process = any_process();
  if (!process) return;
  switch (which) {
    case Fault::freeze: {
      // Somewhere within the next calls, to meet the middle of a transaction.
      const int64_t times = random.between(0, 6);
      for (int64_t i = 0; i < times && process->can_run(); ++i) process->run();
      if (!process->can_run()) return;
      process->frozen = true;
      note(process->name(), std::string("freezes at ") + name_of(process->where));
      count("a process froze");
      if (process->where == Point::looked_up || process->where == Point::claim) count("a process froze between assignment and claim");
      if (process->where == Point::cas_done || process->where == Point::rows_done || process->where == Point::commit)
        count("a process froze between CAS and COMMIT");
      if (process->where == Point::answer) count("a process froze between COMMIT and its answer");
      return;
    }
    case Fault::crash: {
      const int64_t times = random.between(0, 4);
      for (int64_t i = 0; i < times && process->can_run(); ++i) process->run();
      if (!process->can_run()) return;
      if (process->where != Point::step) count("a process was killed in the middle of a call");
      const int host = process->host;
      process->kill();
      count("a process was killed");
      remove_ended();
      if (random.chance(60) && !process_of(host)) start(host);
      return;
    }
    case Fault::stop:
      note(process->name(), "is asked to stop");
      process->request_stop(random.chance(50));
      count("a process was stopped");
      return;
    default:
      // Somebody takes the frozen process for dead and starts another.
      for (const auto& each : processes_)
        if (each->frozen && process_of(each->host) == each.get()) {
          had_twin_ = true;
          count("a second process of a frozen one was started");
          start(each->host);
          return;
        }
  }
}

void World::fault_of_kafka(Fault which) {
  Process* process = any_process();
  if (!process) return;
  FakeConsumer& consumer = process->consumer();
  const TopicPartition name = any_partition();
  const FakeKafka::Log& log = kafka.log(name);
  switch (which) {
    case Fault::offline:
      process->set_offline(!process->offline);
      note(process->name(), process->offline ? "reaches no broker" : "reaches brokers again");
      count("brokers were out of reach");
      return;
    case Fault::kafka_error:
      process->kafka_failures = static_cast<int>(random.between(1, 3));
      return;
    case Fault::damaged:
      was_damaged_ = true;
      return consumer.damage_once();
    case Fault::rewind:
      return consumer.rewind_once(random.between(1, 4));
    case Fault::skip:
      // What a client passes over is noticed only where the log has no holes of its own.
      if (!plan.has_gaps && !plan.has(Fault::lost_range) && !plan.has(Fault::edit) && !plan.skips_lost_ranges) consumer.skip_once();
      return;
    case Fault::leak:
      if (consumer.holds_any()) count("a record went astray inside the client");
      return consumer.leak_once();
    case Fault::retention: {
      const auto position = postgres.position(name);
      if (!position || !position->next_offset || position->topic_id != log.id) return;
      kafka.remove_below(name, random.between(log.low, std::max(log.low, *position->next_offset)));
      count("retention removed what was written");
      return;
    }
    case Fault::lost_range: {
      kafka.remove_below(name, random.between(log.low, log.high));
      note("world", name.text() + " now begins at " + std::to_string(log.low));
      const auto position = postgres.position(name);
      if (!position || position->next_offset.value_or(0) < log.low) range_was_lost_ = true;
      count("retention removed what it liked");
      return;
    }
    default:
      // Where the broker tells no ids, only the witness tells two lives of a topic apart. It can, if there is one, and the connector
      // does not read on meanwhile.
      if (!plan.tells_topic_ids) {
        if (plan.has_gaps || plan.has(Fault::retention) || plan.has(Fault::lost_range)) return;
        for (const TopicPartition& each : kafka.partitions())
          if (const auto position = postgres.position(each); each.topic == name.topic && position && position->next_offset.value_or(0) > 0 && !position->witness)
            return;
        processes_.clear();
      }
      was_recreated_ = true;
      kafka.recreate(name.topic);
      note("world", "the topic " + name.topic + " is deleted and made anew");
      count("a topic was made anew");
  }
}

void World::fault_of_postgres(Fault which) {
  Process* process = any_process();
  switch (which) {
    case Fault::fail_over: {
      // Where the broker tells no ids, the witness that tells two lives of a topic apart may be among what would be gone.
      if (postgres.commits() == 0 || (was_recreated_ && !plan.tells_topic_ids)) return;
      const auto back = static_cast<size_t>(random.between(0, std::min<int64_t>(static_cast<int64_t>(postgres.commits()), random.chance(20) ? 1000 : 6)));
      note("world", fmt::format("Postgres fails over; {} transaction(s) are gone", back));
      if (back > 0) {
        went_back_ = true;
        count("Postgres failed over to an earlier state");
      }
      return postgres.fail_over(postgres.commits() - back);
    }
    case Fault::down:
      note("world", "Postgres goes down");
      postgres.restart();
      down_until = clock.now() + milliseconds(random.between(10, 20000));
      return;
    default:
      break;
  }
  if (!process) return;
  switch (which) {
    case Fault::lost: process->at_statement = DatabaseFault{"", true}; return;
    case Fault::busy: process->at_statement = DatabaseFault{"40001"}; return;
    case Fault::schema: process->at_statement = DatabaseFault{"42P01"}; return;
    case Fault::credentials:
    case Fault::human:
      process->at_statement = DatabaseFault{"", true};
      process->at_connect = DatabaseFault{which == Fault::human ? "human" : "28P01", true};
      was_human_ = was_human_ || which == Fault::human;
      return;
    case Fault::doubt_done: process->at_commit = DatabaseFault{"", true, true}; return;
    case Fault::doubt_undone: process->at_commit = DatabaseFault{"", true, false}; return;
    default: process->stalled_until = clock.now() + milliseconds(random.between(100, 80000)); return;
  }
}

void World::by_person(Fault which) {
  const std::set<TopicPartition> one{any_partition()};
  switch (which) {
    case Fault::pause: {
      Process* process = any_process();
      if (!process) return;
      const bool paused = random.chance(50);
      process->set_paused(paused);
      count(paused ? "a task was paused" : "a task was resumed");
      return;
    }
    case Fault::edit:
    default:
      if (!stop_all()) return;
      edit_offsets(one, which == Fault::reset, true);
      restart_all();
  }
}

// ---- the end ----------------------------------------------------------------------------------------------------------

// Faults have ended: now everything has to be written, and nothing twice.
void World::drain() {
  note("world", "faults end");
  letters_fault.reset();
  down_until = {};
  int rounds = 0;
  constexpr int kRounds = 400;
  for (; rounds < kRounds && violation_.empty(); ++rounds) {
    for (int host = 0; host < plan.processes; ++host)
      if (!process_of(host)) start(host);
    if (rounds == 0)
      for (const auto& process : processes_) {
        process->frozen = false;
        process->set_paused(false);
        process->forget_faults();
      }
    for (size_t p = 0; p < processes_.size(); ++p)
      for (int i = 0; i < 12 && processes_[p]->can_run() && violation_.empty(); ++i) processes_[p]->run();
    observe();
    if (is_drained()) break;
    see_to_failures();
    advance(milliseconds(rounds < 40 ? 300 : 2500));
  }
  if (rounds < kRounds || !violation_.empty()) return;
  std::string where;
  for (const TopicPartition& name : kafka.partitions()) {
    const auto position = postgres.position(name);
    where += fmt::format("; {} is at {} of {}", name.text(), position ? position->next_offset.value_or(-1) : -1, kafka.log(name).high);
  }
  for (const auto& process : processes_) where += fmt::format("; {}: {}", process->name(), process->report().condition + process->report().trace);
  violated("faults have ended long ago, and there are records that nobody writes" + where);
}

bool World::is_drained() const {
  for (const auto& process : processes_)
    if (process->report().state == TaskReport::State::failed) return false;
  if (processes_.size() != static_cast<size_t>(plan.processes)) return false;
  for (const TopicPartition& name : kafka.partitions()) {
    const auto position = postgres.position(name);
    if (!position || position->next_offset != kafka.log(name).high || position->topic_id != kafka.log(name).id) return false;
  }
  return true;
}

// ---- processes --------------------------------------------------------------------------------------------------------

void World::start(int host) {
  const int number = ++started_[static_cast<size_t>(host)];
  processes_.push_back(std::make_unique<Process>(*this, host, number));
  note(processes_.back()->name(), "is started");
}

Process* World::process_of(int host) {
  for (size_t i = processes_.size(); i-- > 0;)
    if (processes_[i]->host == host) return processes_[i].get();
  return nullptr;
}

Process* World::any_process() {
  Process* found = nullptr;
  int64_t seen = 0;
  for (const auto& process : processes_)
    if (process->can_run() && random.below(++seen) == 0) found = process.get();
  return found;
}

void World::remove_ended() {
  std::erase_if(processes_, [](const auto& process) { return process->has_ended(); });
}

}  // namespace sluice::sim
