#include "sim/process.h"

#include "sim/letters.h"
#include "sim/world.h"

namespace sluice::sim {
namespace {

using std::chrono::milliseconds;

struct Killed {};  // unwinds a process's stack; nothing catches it on the way

bool is_of_database(Point point) { return point >= Point::connect && point != Point::letter && point != Point::lock_wait; }

}  // namespace

Process::Process(World& world, int host_index, int number)
    : host(host_index), world_(world), name_("w" + std::to_string(host_index) + "/" + std::to_string(number)),
      consumer_(std::make_unique<FakeConsumer>(world.kafka, *this, world.clock, "w" + std::to_string(host_index))), fiber_([this] { live(); }) {
  const SinkFactory make_sink = [this](Rejects& rejects) -> MadeSink {
    const FakePostgresSink::Options sink{world_.plan.tolerates, world_.plan.sink_finds_bad_records, world_.plan.one_message,
                                         [this](std::string_view value) { return world_.quality_of(value); }};
    return {std::make_unique<FakePostgresSink>(world_.postgres, *this, world_.clock, rejects, sink), Outcome::good()};
  };
  task_ = std::make_unique<SinkTask>(*consumer_, make_sink, SinkTraits{.owns_offsets = true, .wants_advance = true}, world.clock, options());
  control();
}

SinkTaskOptions Process::options() const {
  SinkTaskOptions o;
  o.batch_records = world_.plan.batch_records;
  o.commit_interval = milliseconds(world_.plan.commit_interval_ms);
  o.skip_lost_ranges = world_.plan.skips_lost_ranges;
  o.jitter_seed = static_cast<uint32_t>(world_.random.next());
  o.rejects.connector = "sim";
  o.rejects.tolerate = world_.plan.tolerates;
  o.rejects.max_share = world_.plan.max_share;
  o.rejects.dead_letters = [this] { return std::make_unique<Letters>(world_, const_cast<Process&>(*this)); };
  return o;
}

Process::~Process() {
  if (!has_ended()) kill();
}

void Process::live() {
  try {
    while (!stop_) {
      at(Point::step);
      if (!stop_) task_->step();
    }
    task_->stop_and_close();
    consumer_->close(leave_group_);
  } catch (const Killed&) {
  }
  task_.reset();
  consumer_.reset();
}

void Process::run() { fiber_.resume(); }

void Process::kill() {
  note(std::string("is killed at ") + name_of(where));
  killed_ = true;
  fiber_.resume();
}

void Process::control() {
  if (killed_ || !consumer_) return;
  const bool overdue = consumer_->control();
  if (overdue) {
    note("a revocation is overdue: the call in hand is interrupted");
    task_->interrupt_sink();
    stalled_until = {};
  }
  if (task_->report().hangs) {  // as the thread that watches a task does
    task_->interrupt_sink();
    stalled_until = {};
  }
}

void Process::request_stop(bool leave_group) {
  stop_ = true;
  leave_group_ = leave_group;
  stalled_until = {};
}

void Process::set_offline(bool is_offline) {
  offline = is_offline;
  consumer_->set_offline(is_offline);
}

void Process::forget_faults() {
  at_connect.reset();
  at_statement.reset();
  at_commit.reset();
  kafka_failures = 0;
  stalled_until = {};
  set_offline(false);
}

// ---- surroundings -----------------------------------------------------------------------------------------------------

void Process::at(Point point) {
  where = point;
  const bool pauses = point == Point::step || point == Point::lock_wait || world_.random.chance(35);
  if (pauses && !killed_) Fiber::pause();  // killed before it ever ran
  if (killed_) throw Killed{};
  while (is_of_database(point) && world_.clock.now() < stalled_until) {
    world_.count("a statement was not answered for a while");
    Fiber::pause();
    if (killed_) throw Killed{};
  }
}

std::optional<DatabaseFault> Process::database_fault(Point point) {
  if (point == Point::connect) {
    if (world_.clock.now() < world_.down_until) {
      world_.count("Postgres was down");
      return DatabaseFault{"", true};
    }
    if (at_connect) world_.count(at_connect->sqlstate.starts_with("28") ? "Postgres refused the credentials" : "another database was met");
    return std::exchange(at_connect, std::nullopt);
  }
  if (point == Point::commit && at_commit) {
    world_.count(at_commit->took_effect ? "a COMMIT's answer was lost, and it had happened" : "a COMMIT's answer was lost, and it had not happened");
    return std::exchange(at_commit, std::nullopt);
  }
  if (at_statement) world_.count(at_statement->connection_lost ? "a connection was lost" : at_statement->sqlstate == "40001" ? "a transaction was rolled back (class time)" : "a table was missing (class schema)");
  return std::exchange(at_statement, std::nullopt);
}

bool Process::kafka_fails(Point point) {
  if (kafka_failures == 0) return false;
  --kafka_failures;
  world_.count(point == Point::kafka_commit ? "a commit to Kafka failed" : "a question to Kafka failed");
  return true;
}

void Process::happened(const char* what) {
  world_.count(what);
  note(what);
}

void Process::kafka_took(const TopicPartition& partition, int64_t next_offset, bool written) {
  note("commits " + partition.text() + " at " + std::to_string(next_offset) + " to Kafka");
  world_.check_kafka_commit(partition, next_offset, written);
}

bool Process::tracing() const { return world_.is_traced; }

void Process::note(const std::string& text) {
  if (world_.is_traced) world_.note(name_, text);
}

}  // namespace sluice::sim
