#include "fixture.h"

using namespace sluice;

using Rows = std::vector<std::string>;

TEST_CASE("sink task: records of all partitions reach the sink in offset order and the positions follow") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b"});
  f.source.append("orders", 1, {"c"});
  f.source.give("orders", 0);
  f.source.give("orders", 1);
  f.start().step();
  CHECK(f.store.rows == Rows{"orders-0@0=a", "orders-0@1=b", "orders-1@0=c"});
  CHECK(f.store.positions[{"orders", 0}] == 2);
  CHECK(f.task->report().state == TaskReport::State::running);
  CHECK(f.task->figures().written == 3);
}

TEST_CASE("sink task: a batch waiting for its retry is put again before anything is committed") {
  TaskFixture f;
  f.source.append("orders", 0, {"created", "paid"});
  f.source.give("orders", 0);
  f.store.next_puts = {Outcome::retry("the database: connection refused")};
  f.start().step();
  CHECK(f.store.rows.empty());
  CHECK(f.source.committed[{"orders", 0}] == 0);  // where it was claimed
  CHECK(f.task->report().condition == "waiting for the database: connection refused");
  f.steps(3);
  CHECK(f.store.rows.empty());  // the back-off is not over

  f.clock.advance(1s);
  f.task->step();
  CHECK(f.store.rows == Rows{"orders-0@0=created", "orders-0@1=paid"});
  CHECK(f.store.attempts == std::vector<uint32_t>{0, 1});
  CHECK(f.task->report().condition.empty());
}

TEST_CASE("sink task: what waits for a person is shown as blocked and tried again after its delay") {
  TaskFixture f;
  f.source.give("orders", 0);
  f.store.next_opens = {Outcome::retry("table \"orders_fact\" does not exist", "blocked.42P01", 30s)};
  f.source.append("orders", 0, {"a"});
  f.start().step();
  CHECK(f.task->report().state == TaskReport::State::running);
  CHECK(f.task->report().condition == "blocked: table \"orders_fact\" does not exist");
  f.clock.advance(29s);
  f.task->step();
  CHECK(f.store.rows.empty());
  f.clock.advance(2s);
  f.steps(2);
  CHECK(f.store.rows.size() == 1);
}

TEST_CASE("sink task: after RESTART a new sink replays from the stored position, with the attempt counted on") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.source.give("orders", 0);
  f.store.positions[{"orders", 0}] = 1;
  f.store.next_puts = {Outcome::restart("fenced")};
  f.start().step();
  CHECK(f.store.sinks_made == 1);
  f.clock.advance(1s);
  f.steps(2);
  CHECK(f.store.sinks_made == 2);
  CHECK(f.store.rows == Rows{"orders-0@1=b", "orders-0@2=c"});
  CHECK(f.store.attempts == std::vector<uint32_t>{0, 1});
}

TEST_CASE("sink task: after RESTART nothing is claimed back while the group does not confirm the membership") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  const PartitionHandle handle = f.source.give("orders", 0);
  f.store.next_puts = {Outcome::restart("fenced")};
  f.source.membership = Outcome::retry("the consumer group to settle");
  f.start().step();
  f.clock.advance(1s);
  f.steps(3);
  CHECK(f.store.rows.empty());
  f.source.take(handle, AssignmentChange::Kind::lost);
  f.clock.advance(1s);
  f.task->step();
  CHECK(f.source.released.size() == 1);
  CHECK(f.store.closed.empty());  // the new sink never had it
}

TEST_CASE("sink task: a bad record stops the task exactly there, everything before it is written, a restart resumes at it") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c", "BAD", "e", "f", "g"});
  f.source.give("orders", 0);
  f.store.bad_value = "BAD";
  f.start();
  f.steps(20);
  const TaskReport report = f.task->report();
  CHECK(report.state == TaskReport::State::failed);
  CHECK(report.trace.find("orders-0@3: out of range") != std::string::npos);
  CHECK(f.store.rows == Rows{"orders-0@0=a", "orders-0@1=b", "orders-0@2=c"});
  CHECK(f.store.positions[{"orders", 0}] == 3);
  CHECK(f.source.committed[{"orders", 0}] == 3);

  f.store.bad_value.clear();
  f.source.give("orders", 0);
  f.restart();
  f.steps(2);
  CHECK(f.store.rows.size() == 7);
  CHECK(f.store.rows[3] == "orders-0@3=BAD");
}

TEST_CASE("sink task: a failed task keeps its partitions until they are taken from it") {
  TaskFixture f;
  f.source.append("orders", 0, {"BAD"});
  const PartitionHandle handle = f.source.give("orders", 0);
  f.store.bad_value = "BAD";
  f.start();
  f.steps(3);
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.source.released.empty());
  f.source.take(handle, AssignmentChange::Kind::revoked);
  f.task->step();
  CHECK(f.source.released.size() == 1);
}

TEST_CASE("sink task: a revoked partition is closed and committed, a lost one is only closed as lost") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.append("orders", 1, {"b"});
  const PartitionHandle first = f.source.give("orders", 0);
  const PartitionHandle second = f.source.give("orders", 1);
  f.start().step();
  f.source.committed.clear();
  f.source.append("orders", 0, {"c"});
  f.source.append("orders", 1, {"d"});
  f.task->step();
  f.source.take(first, AssignmentChange::Kind::revoked);
  f.source.take(second, AssignmentChange::Kind::lost);
  f.task->step();
  CHECK(f.source.committed[{"orders", 0}] == 2);
  CHECK(f.source.committed.count({"orders", 1}) == 0);
  CHECK(f.store.closed == std::vector<std::pair<std::string, int32_t>>{{"orders-0", SLUICE_REVOKED}, {"orders-1", SLUICE_LOST}});
  CHECK(f.source.released.size() == 2);
}

TEST_CASE("sink task: E17, a rebalance with a batch in hand loses and doubles nothing of the partitions that stay") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b"});
  f.source.append("orders", 1, {"c", "d"});
  f.source.give("orders", 0);
  const PartitionHandle leaving = f.source.give("orders", 1);
  f.store.next_puts = {Outcome::retry("the database")};
  f.start().step();
  f.source.take(leaving, AssignmentChange::Kind::revoked);
  f.clock.advance(1s);
  f.steps(3);
  CHECK(f.store.rows == Rows{"orders-0@0=a", "orders-0@1=b"});
}

TEST_CASE("sink task: a paused task takes no records but answers a rebalance") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  const PartitionHandle handle = f.source.give("orders", 0);
  f.start().set_paused(true);
  f.steps(3);
  CHECK(f.store.rows.empty());
  CHECK(f.task->report().state == TaskReport::State::paused);
  f.source.take(handle, AssignmentChange::Kind::revoked);
  f.task->step();
  CHECK(f.source.released.size() == 1);
  f.source.give("orders", 0);
  f.task->set_paused(false);
  f.steps(2);
  CHECK(f.store.rows.size() == 1);
}

TEST_CASE("sink task: Kafka's troubles are the task's condition while nothing else is wrong") {
  TaskFixture f;
  f.start();
  f.source.trouble_text = "Kafka at 127.0.0.1:1: connection refused";
  f.task->step();
  CHECK(f.task->report().condition == "waiting for Kafka at 127.0.0.1:1: connection refused");
  f.source.trouble_text.clear();
  f.task->step();
  CHECK(f.task->report().condition.empty());
  f.source.fatal_text = "another process runs with the same worker.id";
  f.task->step();
  CHECK(f.task->report().state == TaskReport::State::failed);
}

TEST_CASE("sink task: stopping closes the partitions and commits what is durable") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.start().step();
  f.source.append("orders", 0, {"b"});
  f.task->step();
  f.task->stop_and_close();
  CHECK(f.source.committed[{"orders", 0}] == 2);
  CHECK(f.store.closed == std::vector<std::pair<std::string, int32_t>>{{"orders-0", SLUICE_STOP}});
  CHECK(f.task->report().state == TaskReport::State::stopped);
}

TEST_CASE("sink task: a partition that cannot be claimed does not stop the others") {
  for (const bool at_the_sink : {true, false}) {
    CAPTURE(at_the_sink);
    TaskFixture f;
    for (int32_t p = 0; p < 3; ++p) {
      f.source.append("orders", p, {"a"});
      f.source.give("orders", p);
    }
    if (at_the_sink) f.store.locked = {{"orders", 1}};
    else f.source.without_leader = {{"orders", 1}};
    f.start();
    for (int i = 0; i < 4; ++i) {
      f.task->step();
      f.clock.advance(1s);
    }
    CHECK(f.store.rows == Rows{"orders-0@0=a", "orders-2@0=a"});
    CHECK(f.task->report().state == TaskReport::State::running);
    const std::string why = at_the_sink ? "a session that holds the row" : "Kafka to answer: no leader";
    CHECK(f.task->report().condition == "waiting for " + why + " (orders-1; the others go on)");

    f.source.append("orders", 0, {"b"});
    f.task->step();
    CHECK(f.store.rows.back() == "orders-0@1=b");

    f.store.locked.clear();
    f.source.without_leader.clear();
    f.clock.advance(10s);
    f.steps(2);
    CHECK(f.store.rows.back() == "orders-1@0=a");
    CHECK(f.task->report().condition == "");
  }
}

TEST_CASE("sink task: once the sink is back, one partition is claimed and then the rest together") {
  TaskFixture f;
  for (int32_t p = 0; p < 4; ++p) f.source.give("orders", p);
  f.store.next_opens = {Outcome::retry("the database"), Outcome::retry("the database")};
  f.start();
  for (int i = 0; i < 3; ++i) {
    f.task->step();
    f.clock.advance(1s);
  }
  CHECK(f.store.opened == std::vector<size_t>{4, 1, 1, 3});
  CHECK(f.task->report().condition == "");
}

TEST_CASE("sink task: records that cannot be read are asked for again, and fail the task rather than being skipped") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.start().step();
  f.source.append("orders", 0, {"b"});
  f.source.damaged = {{"orders", 0}};
  f.task->step();
  CHECK(f.task->report().condition == "waiting for Kafka to send readable records of orders-0 from offset 1 on: bad message");
  for (int i = 0; i < 5; ++i) {
    f.clock.advance(3s);
    f.task->step();
  }
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.task->report().trace.find("orders-0: the records from offset 1 on cannot be read from Kafka: bad message") != std::string::npos);
  CHECK(f.store.rows == Rows{"orders-0@0=a"});
}

TEST_CASE("sink task: a record that is too large for the client stops the task at its offset, once the others have gone on") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.append("orders", 1, {"b"});
  f.source.give("orders", 0);
  f.source.give("orders", 1);
  f.start().step();
  f.source.append("orders", 0, {"huge"});
  f.source.too_large = {{"orders", 0}};
  f.task->step();
  f.source.append("orders", 1, {"c"});
  f.steps(2);
  CHECK(f.task->report().state == TaskReport::State::running);
  for (int i = 0; i < 4; ++i) {
    f.clock.advance(2s);
    f.task->step();
  }
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.task->report().trace.find("orders-0 at offset 1: the record there is larger than the client takes: increase receive.message.max.bytes") == 0);
  CHECK(f.store.rows == Rows{"orders-0@0=a", "orders-1@0=b", "orders-1@1=c"});
}

TEST_CASE("sink task: an answer that was too large once and then passes is forgotten") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.too_large = {{"orders", 0}};
  f.source.give("orders", 0);
  f.start().step();
  f.source.too_large.clear();
  for (int i = 0; i < 4; ++i) {
    f.clock.advance(2s);
    f.task->step();
  }
  CHECK(f.task->report().state == TaskReport::State::running);
  CHECK(f.store.rows == Rows{"orders-0@0=a"});
}

TEST_CASE("sink task: a partition that stands still long after the client last spoke of a large record is not blamed for it") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.append("orders", 1, {"b"});
  f.source.too_large = {{"orders", 1}};
  f.source.give("orders", 0);
  f.source.give("orders", 1);
  f.start().step();
  f.source.too_large.clear();
  f.source.without_leader = {{"orders", 0}};  // so that the question whose record it was stays open
  for (int i = 0; i < 20; ++i) {
    f.clock.advance(2s);
    f.task->step();
  }
  f.source.without_leader.clear();
  f.source.mute = {{"orders", 0}};
  f.source.append("orders", 0, {"c"});
  for (int i = 0; i < 10; ++i) {
    f.clock.advance(2s);
    f.task->step();
  }
  CHECK(f.task->report().state == TaskReport::State::running);
}

TEST_CASE("sink task: a sink that keeps records of partitions that are all lost is made anew") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  const PartitionHandle handle = f.source.give("orders", 0);
  f.start().step();
  f.store.retained_bytes = 1;
  f.source.take(handle, AssignmentChange::Kind::lost);
  f.task->step();
  f.store.retained_bytes = 0;
  f.source.append("orders", 0, {"b"});
  f.source.give("orders", 0);
  f.steps(3);
  CHECK(f.store.sinks_made == 2);
  CHECK(f.store.rows == Rows{"orders-0@0=a", "orders-0@1=b"});
}

TEST_CASE("sink task: what waits for a person on Kafka's side is shown before whatever follows from it") {
  TaskFixture f;
  f.source.next_lookup = Outcome::retry("Kafka to answer: timed out");
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.source.blocked_text = "Kafka at 127.0.0.1:1: it refuses the credentials";
  f.start().step();
  CHECK(f.task->report().state == TaskReport::State::running);
  CHECK(f.task->report().condition == "blocked: Kafka at 127.0.0.1:1: it refuses the credentials");
  f.source.blocked_text.clear();
  CHECK(f.task->report().condition == "waiting for Kafka to answer: timed out");
}

TEST_CASE("sink task: a bad transfer that does not come again is forgotten") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.damaged = {{"orders", 0}};
  f.source.give("orders", 0);
  f.start().step();
  f.source.damaged.clear();
  f.clock.advance(3s);
  f.task->step();
  CHECK(f.store.rows == Rows{"orders-0@0=a"});
  CHECK(f.task->report().condition == "");
}

TEST_CASE("sink task: restart.max restarts in a row fail the task, a written batch begins the count anew") {
  TaskFixture f;
  f.options.restart_max = 2;
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.store.next_puts = {Outcome::restart("fenced"), Outcome::restart("fenced"), Outcome::good(), Outcome::restart("fenced"),
                       Outcome::restart("fenced"), Outcome::restart("fenced")};
  f.start();
  for (int i = 0; i < 4; ++i) {
    f.task->step();
    f.clock.advance(2min);
  }
  CHECK(f.store.rows == Rows{"orders-0@0=a"});
  f.source.append("orders", 0, {"b"});
  for (int i = 0; i < 6; ++i) {
    f.task->step();
    f.clock.advance(2min);
  }
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.task->report().trace.find("restart.max") != std::string::npos);
}

namespace {

struct HangingSink : Sink {
  explicit HangingSink(std::function<void()> while_it_hangs, bool& interrupted)
      : while_it_hangs_(std::move(while_it_hangs)), interrupted_(interrupted) {}
  Outcome open(std::span<sluice_partition>) override { return Outcome::good(); }
  Outcome put(const BatchView&) override {
    while_it_hangs_();
    return Outcome::retry("the database: the connection was lost");
  }
  Outcome commit(std::span<sluice_partition>) override { return Outcome::good(); }
  Outcome close(std::span<sluice_partition>, int32_t) override { return Outcome::good(); }
  void interrupt() override { interrupted_ = true; }
  bool wants_commit() override { return false; }
  uint64_t retained_bytes() const override { return 0; }
  std::function<void()> while_it_hangs_;
  bool& interrupted_;
};

// One that can be made to leave its group, and to look dead.
struct WatchedSource : FakeRecordSource {
  void give_up_membership() override { left = true; }
  std::chrono::milliseconds silent_for() const override { return silent; }
  std::string fatal() const override { return left ? "the task left its consumer group" : FakeRecordSource::fatal(); }
  bool left = false;
  std::chrono::milliseconds silent{0};
};

}  // namespace

TEST_CASE("sink task: a call of the sink that does not come back is told, and interrupted after put.timeout.ms") {
  FakeRecordSource source;
  ManualClock clock;
  source.append("orders", 0, {"a"});
  source.give("orders", 0);
  bool interrupted = false;
  std::vector<std::string> conditions;
  SinkTask* at = nullptr;
  const auto hang = [&] {
    for (int i = 0; i < 3; ++i) {
      conditions.push_back(at->report().condition);
      CHECK(at->report().hangs == (i == 2));
      at->look_after_call();
      CHECK(interrupted == (i == 2));
      clock.advance(6s);
    }
  };
  SinkTask task(source, [&](Rejects&) -> MadeSink { return {std::make_unique<HangingSink>(hang, interrupted), Outcome::good()}; }, {}, clock,
                {.put_timeout = 10s});
  at = &task;
  task.step();
  CHECK(conditions == std::vector<std::string>{"", "waiting for the sink, whose put() has not answered for 6 s",
                                               "waiting for the sink, whose put() has not answered for 12 s"});
  CHECK(task.report().condition == "waiting for the database: the connection was lost");
}

TEST_CASE("sink task: a call that does not react to being interrupted costs the membership, and the task starts again once it comes back") {
  WatchedSource source;
  ManualClock clock;
  source.append("orders", 0, {"a"});
  source.give("orders", 0);
  bool interrupted = false;
  SinkTask* at = nullptr;
  const auto hang = [&] {
    clock.advance(11s);
    at->look_after_call();
    CHECK(interrupted);
    CHECK(!source.left);
    CHECK(!at->report().stuck);
    clock.advance(10s);
    at->look_after_call();
    CHECK(source.left);
    const TaskReport report = at->report();
    CHECK(report.stuck);
    CHECK(report.state == TaskReport::State::failed);
    CHECK(report.trace.starts_with("put() of the plugin a-sink has not answered for 21 s and did not react to being interrupted"));
    CHECK(!report.time_may_mend);  // while the call lasts, a new task could only wait for it
  };
  SinkTaskOptions options;
  options.put_timeout = 10s;
  options.rejects.plugin = "a-sink";
  SinkTask task(source, [&](Rejects&) -> MadeSink { return {std::make_unique<HangingSink>(hang, interrupted), Outcome::good()}; }, {}, clock, options);
  at = &task;
  task.step();
  task.step();
  CHECK(task.report().state == TaskReport::State::failed);
  CHECK(task.report().trace == "the task left its consumer group");
  CHECK(task.report().time_may_mend);
  CHECK(task.figures().hangs == 1);
}

TEST_CASE("sink task: a Kafka client whose thread does not poll any more is told") {
  WatchedSource source;
  ManualClock clock;
  SinkTask task(source, [](Rejects&) -> MadeSink { return {nullptr, Outcome::retry("x")}; }, {}, clock, {});
  CHECK(!task.report().hangs);
  source.silent = 11s;
  CHECK(task.report().hangs);
  CHECK(task.report().condition == "waiting for the Kafka client, whose thread has not polled for 11 s");
}
