// Bad records: found by the host's bisection or by the sink itself, dead-lettered, blocked where they are too many.
#include "fakes/fake_dead_letters.h"
#include "fixture.h"

using namespace sluice;

namespace {

using Rows = std::vector<std::string>;

struct RejectFixture : TaskFixture {
  FakeDeadLetters topic;
  RejectFixture() {
    options.rejects = {.connector = "t", .task = 0, .plugin = "a-sink", .tolerate = true, .context_headers = true,
                       .dead_letters = topic.factory()};
    source.give("orders", 0);
  }
  void feed(const std::vector<std::string>& values) { source.append("orders", 0, values); }
  // good records, of which the first `bad` are BAD
  void feed(size_t records, size_t bad) {
    std::vector<std::string> values(records, "good");
    std::fill_n(values.begin(), bad, "BAD");
    feed(values);
  }
  int64_t position() { return store.positions[{"orders", 0}]; }
};

}  // namespace

TEST_CASE("rejects: the bad records that bisection finds are dead-lettered one by one and everything else is written") {
  RejectFixture f;
  f.store.bad_value = "BAD";
  f.feed({"BAD", "b", "c", "BAD", "e", "f", "BAD"});
  f.start();
  f.steps(30);
  CHECK(f.store.rows == Rows{"orders-0@1=b", "orders-0@2=c", "orders-0@4=e", "orders-0@5=f"});
  CHECK(f.topic.values() == Rows{"BAD", "BAD", "BAD"});
  CHECK(f.position() == 7);
  CHECK(f.store.shown_as_rejected == Rows{"orders-0@0: out of range", "orders-0@3: out of range", "orders-0@6: out of range"});
  CHECK(f.task->figures().rejected == 3);
  CHECK(f.task->figures().written == 4);
  CHECK(f.topic.producers_made == 1);
}

TEST_CASE("rejects: a dead letter carries where the record was and why it is bad") {
  RejectFixture f;
  f.store.rejected_value = "BAD";
  f.feed({"a", "BAD"});
  f.start().step();
  REQUIRE(f.topic.letters.size() == 1);
  CHECK(f.topic.letters[0].timestamp_ms == 1001);
  CHECK(f.topic.letters[0].headers == std::map<std::string, std::string>{
      {"__connect.errors.topic", "orders"}, {"__connect.errors.partition", "0"}, {"__connect.errors.offset", "1"},
      {"__connect.errors.connector.name", "t"}, {"__connect.errors.task.id", "0"}, {"__connect.errors.stage", "TASK_PUT"},
      {"__connect.errors.class.name", "a-sink"},
      {"__connect.errors.exception.class.name", "org.apache.kafka.connect.errors.DataException"},
      {"__connect.errors.exception.message", "out of range"},
      {"__connect.errors.exception.stacktrace", "TASK_PUT: out of range at orders-0@1"},
      {"__sluice.errors.sqlstate", "22003"}, {"__sluice.errors.column", "amount"}});
}

TEST_CASE("rejects: without context headers a dead letter is the record as it was") {
  RejectFixture f;
  f.options.rejects.context_headers = false;
  f.store.rejected_value = "BAD";
  f.feed({"BAD"});
  f.start().step();
  REQUIRE(f.topic.letters.size() == 1);
  CHECK(f.topic.letters[0].headers.empty());
}

TEST_CASE("rejects: a record's own headers are read for its dead letter, also where the sink wants none") {
  static const sluice_header header{"trace", "abc", 5, 3};
  Batch::Part part{.handle = 1, .name = {"orders", 0}, .routed_topic = "orders", .next_offset = 1, .records = {}};
  part.records.emplace_back().read_headers = [](void*) { return std::vector<sluice_header>{header}; };
  std::vector<Batch::Part> parts;
  parts.push_back(std::move(part));
  const Batch batch(std::move(parts), 0);
  FakeDeadLetters topic;
  Rejects rejects({.connector = "t", .plugin = "a-sink", .tolerate = true, .dead_letters = topic.factory()});
  const uint32_t first[] = {0};
  const sluice_error why[] = {{0, "", "", "out of range"}};
  REQUIRE(rejects.reject(*batch.view({0, 1}, 0), first, why).ok());
  CHECK(topic.letters.at(0).headers == std::map<std::string, std::string>{{"trace", "abc"}});
}

TEST_CASE("rejects: a batch of which every record is bad still moves the position, with no record in it") {
  RejectFixture f;
  f.store.bad_value = "BAD";
  f.feed({"BAD", "BAD", "BAD"});
  f.start();
  f.steps(20);
  CHECK(f.store.rows.empty());
  CHECK(f.position() == 3);
  CHECK(f.store.shown_as_rejected.size() == 3);
}

TEST_CASE("rejects: a partition of which every record was rejected is not taken for one whose store was lost") {
  RejectFixture f;
  f.store.rejected_value = "BAD";
  f.feed({"BAD", "BAD"});
  f.start().step();
  f.task->stop_and_close();
  CHECK(f.source.committed[{"orders", 0}] == 2);
  f.source.give("orders", 0);
  f.restart();
  f.feed({"c"});
  f.steps(3);
  CHECK(f.task->report().trace == "");
  CHECK(f.store.rows == Rows{"orders-0@2=c"});
}

TEST_CASE("rejects: bad records at the ends of two partitions are shown with their own partition") {
  RejectFixture f;
  f.source.give("orders", 1);
  f.store.bad_value = "BAD";
  f.feed({"a", "BAD"});
  f.source.append("orders", 1, {"BAD", "d"});
  f.start();
  f.steps(20);
  CHECK(f.store.rows == Rows{"orders-0@0=a", "orders-1@1=d"});
  CHECK(f.store.shown_as_rejected == Rows{"orders-0@1: out of range", "orders-1@0: out of range"});
  CHECK(f.position() == 2);
  CHECK(f.store.positions[{"orders", 1}] == 2);
}

TEST_CASE("rejects: for a sink that does not want to know, the host alone moves past the record") {
  RejectFixture f;
  f.traits = {};
  f.store.bad_value = "BAD";
  f.feed({"a", "BAD"});
  f.start();
  f.steps(10);
  f.task->stop_and_close();
  CHECK(f.store.rows == Rows{"orders-0@0=a"});
  CHECK(f.store.shown_as_rejected.empty());
  CHECK(f.source.committed[{"orders", 0}] == 2);
}

TEST_CASE("rejects: errors.max.share counts from 20 records on, and a batch over it is blocked with nothing sent") {
  struct Case { size_t records, bad, letters, rows; };
  for (const Case& c : {Case{19, 19, 19, 0}, Case{20, 4, 4, 16}, Case{20, 5, 0, 0}, Case{1000, 200, 200, 800}, Case{1000, 201, 0, 0}}) {
    CAPTURE(c.records);
    CAPTURE(c.bad);
    RejectFixture f;
    f.store.rejected_value = "BAD";
    f.feed(c.records, c.bad);
    f.start();
    f.steps(5);
    CHECK(f.topic.letters.size() == c.letters);
    CHECK(f.store.rows.size() == c.rows);
    const std::string condition = f.task->report().condition;
    if (c.letters > 0) CHECK(condition.empty());
    else CHECK(condition.find("blocked: " + std::to_string(c.bad) + " of " + std::to_string(c.records) + " records") == 0);
  }
}

TEST_CASE("rejects: a blocked batch is tried every 30 s and goes on once the cause is mended") {
  RejectFixture f;
  f.store.rejected_value = "BAD";
  f.feed(20, 20);
  f.start();
  f.steps(3);
  f.store.rejected_value.clear();
  f.clock.advance(29s);
  f.steps(2);
  CHECK(f.store.rows.empty());
  f.clock.advance(2s);
  f.task->step();
  CHECK(f.store.rows.size() == 20);
  CHECK(f.topic.letters.empty());
}

TEST_CASE("rejects: a bisection stops at the record that crosses the share of the batch first delivered") {
  RejectFixture f;
  f.store.bad_value = "BAD";
  f.feed(20, 5);
  f.start();
  f.steps(60);
  CHECK(f.topic.letters.size() == 4);
  CHECK(f.store.rows.empty());
  CHECK(f.position() <= 4);
  CHECK(f.task->report().condition.find("blocked: 5 of 20 records of a batch are bad") == 0);
  CHECK(f.task->report().condition.find("orders-0@4: out of range") != std::string::npos);

  f.store.bad_value.clear();
  f.clock.advance(31s);
  f.steps(10);
  CHECK(f.store.rows.size() == 16);
  CHECK(f.store.rows[0] == "orders-0@4=BAD");
  CHECK(f.position() == 20);
}

TEST_CASE("rejects: while the dead-letter topic takes nothing, nothing passes the record, and it goes on by itself") {
  for (const bool by_sink : {true, false}) {
    CAPTURE(by_sink);
    RejectFixture f;
    (by_sink ? f.store.rejected_value : f.store.bad_value) = "BAD";
    f.topic.next_sends = {Outcome::retry("the dead-letter topic dead: no broker"), Outcome::retry("the dead-letter topic dead: no broker")};
    f.feed({"a", "BAD", "c"});
    f.start();
    f.steps(10);
    CHECK(f.task->report().condition == "waiting for the dead-letter topic dead: no broker");
    CHECK(f.position() <= 1);
    for (int i = 0; i < 10; ++i) {
      f.clock.advance(1s);
      f.steps(3);
    }
    CHECK(f.topic.values() == Rows{"BAD"});
    CHECK(f.store.rows == Rows{"orders-0@0=a", "orders-0@2=c"});
    CHECK(f.task->report().condition.empty());
  }
}

TEST_CASE("rejects: a batch that is only redelivered sends no dead letter twice") {
  RejectFixture f;
  f.store.rejected_value = "BAD";
  f.feed({"BAD", "b", "BAD"});
  // Only one of the two is taken at first.
  f.topic.next_sends = {Outcome::retry("the dead-letter topic dead: timed out")};
  f.topic.before_failing = 1;
  f.start().step();
  CHECK(f.topic.letters.size() == 1);
  f.clock.advance(1s);
  f.steps(2);
  CHECK(f.topic.letters.size() == 2);
  CHECK(f.store.rows == Rows{"orders-0@1=b"});
  CHECK(f.task->figures().rejected == 2);
}

TEST_CASE("rejects: after a restart of the sink a record that is among the dead letters already is not sent again") {
  RejectFixture f;
  f.store.bad_value = "BAD";
  f.feed({"BAD"});
  f.start();
  f.task->step();  // found, its letter sent; the position is not yet past it
  CHECK(f.topic.letters.size() == 1);
  f.store.next_puts = {Outcome::restart("fenced")};
  f.task->step();
  CHECK(f.position() == 0);
  f.clock.advance(2s);
  f.steps(10);
  CHECK(f.store.sinks_made == 2);
  CHECK(f.position() == 1);
  CHECK(f.topic.letters.size() == 1);
}

TEST_CASE("rejects: with errors.tolerance none the task stops exactly at the record, which is told to the dead letters once") {
  RejectFixture f;
  f.options.rejects.tolerate = false;
  f.store.bad_value = "BAD";
  f.feed({"a", "b", "BAD", "d"});
  f.start();
  f.steps(10);
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.task->report().trace.find("TASK_PUT: bad record at orders-0@2: out of range") == 0);
  CHECK(f.position() == 2);
  CHECK(f.topic.values() == Rows{"BAD"});
}

TEST_CASE("rejects: with errors.tolerance none a sink that gives up on a record is told to stop, and why") {
  RejectFixture f;
  f.options.rejects.tolerate = false;
  f.store.rejected_value = "BAD";
  f.feed({"a", "BAD", "BAD"});
  f.start();
  f.steps(3);
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.task->report().trace.find("bad record at orders-0@1: out of range") != std::string::npos);
  CHECK(f.topic.letters.empty());
  CHECK(f.store.rows.empty());
}

TEST_CASE("rejects: without a dead-letter topic bad records are counted and passed") {
  RejectFixture f;
  f.options.rejects.dead_letters = nullptr;
  f.store.rejected_value = "BAD";
  f.feed({"a", "BAD"});
  f.start().step();
  CHECK(f.store.rows == Rows{"orders-0@0=a"});
  CHECK(f.position() == 2);
  CHECK(f.task->figures().rejected == 1);
}

TEST_CASE("rejects: a record that was given up on stays rejected where the sink then finds the batch written by a commit in doubt") {
  RejectFixture f;
  Rejects rejects(f.options.rejects);
  std::vector<Batch::Part> parts(1);
  parts[0].name = {"orders", 0};
  parts[0].next_offset = 2;
  for (const int64_t offset : {0, 1}) parts[0].records.emplace_back().offset = offset;
  Batch batch(std::move(parts), 0);
  const uint32_t bad[] = {1};
  const sluice_error why[] = {{0, "22003", "", "out of range"}};
  REQUIRE(rejects.reject(*batch.view({0, 2}, 0), bad, why).ok());
  CHECK(rejects.rejected_by_sink(*batch.view({0, 2}, 1)) == std::set<uint32_t>{1});
}
