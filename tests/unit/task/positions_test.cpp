// The stored position against the log: exactly-once, section 5 of the design's reasoning, kept in host/README.md.
#include "fixture.h"

using namespace sluice;

TEST_CASE("positions: the sink's own position wins over the group's committed offset") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.source.committed[{"orders", 0}] = 3;
  f.store.positions[{"orders", 0}] = 2;
  f.source.give("orders", 0);
  f.start().step();
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@2=c"});
}

TEST_CASE("positions: without a stored position the group's commit is where a migration goes on") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.source.committed[{"orders", 0}] = 1;
  f.source.give("orders", 0);
  f.start().step();
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@1=b", "orders-0@2=c"});
}

TEST_CASE("positions: a position beyond the log's end fails the task: the topic was made anew") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.store.positions[{"orders", 0}] = 5;
  f.source.give("orders", 0);
  f.start().step();
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.task->report().trace.find("orders-0: the stored position is 5, but the log ends at 1") != std::string::npos);
  CHECK(f.store.rows.empty());
}

TEST_CASE("positions: another topic id fails the task, an unknown one does not") {
  for (const bool known : {true, false}) {
    TaskFixture f;
    f.source.append("orders", 0, {"a", "b"});
    f.source.logs[{"orders", 0}].id = TopicId{1};
    f.store.positions[{"orders", 0}] = 1;
    f.store.topic_ids[{"orders", 0}] = known ? TopicId{2} : TopicId{};
    f.source.give("orders", 0);
    f.start().step();
    CAPTURE(known);
    CHECK((f.task->report().state == TaskReport::State::failed) == known);
    CHECK(f.store.rows.size() == (known ? 0 : 1));
  }
}

TEST_CASE("positions: E16, retention that ran past the position fails the task with the exact range, or skips when told to") {
  for (const bool skip : {false, true}) {
    TaskFixture f;
    f.source.append("orders", 0, {"a", "b", "c", "d"});
    f.source.logs[{"orders", 0}].low = 3;
    f.store.positions[{"orders", 0}] = 1;
    f.options.skip_lost_ranges = skip;
    f.source.give("orders", 0);
    f.start().step();
    CAPTURE(skip);
    if (skip) {
      CHECK(f.store.rows == std::vector<std::string>{"orders-0@3=d"});
    } else {
      CHECK(f.task->report().trace.find("orders-0: the records 1 to 2 were deleted") != std::string::npos);
    }
  }
}

TEST_CASE("positions: E16b, retention that takes only what is written already is no lost range") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.source.logs[{"orders", 0}].low = 2;
  f.store.positions[{"orders", 0}] = 2;
  f.store.witnesses[{"orders", 0}] = {.offset = 1, .crc = crc_of("b"), .timestamp_ms = 1001};
  f.source.give("orders", 0);
  f.start().step();
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@2=c"});
}

TEST_CASE("positions: the witness is read again and not written again") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.store.positions[{"orders", 0}] = 2;
  f.store.witnesses[{"orders", 0}] = {.offset = 1, .crc = crc_of("b"), .timestamp_ms = 1001};
  f.source.give("orders", 0);
  f.start().step();
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@2=c"});
}

TEST_CASE("positions: a log whose witness is another record fails the task before anything is written") {
  TaskFixture f;
  f.source.append("orders", 0, {"x", "y", "z"});
  f.store.positions[{"orders", 0}] = 2;
  f.store.witnesses[{"orders", 0}] = {.offset = 1, .crc = crc_of("b"), .timestamp_ms = 1001};
  f.source.give("orders", 0);
  f.start().step();
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.store.rows.empty());
}

TEST_CASE("positions: G4, G5, a hole that is there twice is real, and later holes need no second look") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.append_hole("orders", 0, 3);
  f.source.append("orders", 0, {"b"});
  f.source.append_hole("orders", 0, 1);
  f.source.append("orders", 0, {"c"});
  f.source.give("orders", 0);
  f.start();
  f.steps(4);
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@0=a", "orders-0@4=b", "orders-0@6=c"});
}

TEST_CASE("positions: a record that the client skipped is fetched by looking twice") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.source.skip_once("orders", 0, 1);
  f.source.give("orders", 0);
  f.start();
  f.steps(4);
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@0=a", "orders-0@1=b", "orders-0@2=c"});
}

TEST_CASE("positions: a client that begins beyond the witness is made to look twice, and nothing is skipped") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c", "d", "e"});
  f.store.positions[{"orders", 0}] = 2;
  f.store.witnesses[{"orders", 0}] = {.offset = 1, .crc = crc_of("b"), .timestamp_ms = 1001};
  f.source.jump_once("orders", 0, 4);
  f.source.give("orders", 0);
  f.start();
  f.steps(4);
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@2=c", "orders-0@3=d", "orders-0@4=e"});
}

TEST_CASE("positions: a client that passes over the witness is made to look twice, so that a topic made anew is noticed") {
  TaskFixture f;
  f.source.append("orders", 0, {"x", "y", "z"});
  f.store.positions[{"orders", 0}] = 2;
  f.store.witnesses[{"orders", 0}] = {.offset = 1, .crc = crc_of("b"), .timestamp_ms = 1001};
  f.source.jump_once("orders", 0, 2);
  f.source.give("orders", 0);
  f.start();
  f.steps(4);
  CHECK(f.task->report().trace.find("the record at offset 1 is not the one that was written last") != std::string::npos);
  CHECK(f.store.rows.empty());
}

TEST_CASE("positions: a witness that was compacted away stops nothing") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.append_hole("orders", 0, 1);
  f.source.append("orders", 0, {"c", "d"});
  f.store.positions[{"orders", 0}] = 2;
  f.store.witnesses[{"orders", 0}] = {.offset = 1, .crc = crc_of("b"), .timestamp_ms = 1001};
  f.source.give("orders", 0);
  f.start();
  f.steps(4);
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@2=c", "orders-0@3=d"});
}

TEST_CASE("positions: a client that begins at the end is made to look twice before the position follows it") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.store.positions[{"orders", 0}] = 1;
  f.source.jump_once("orders", 0, 3);
  f.source.give("orders", 0);
  f.start();
  f.steps(2);
  f.clock.advance(6s);
  f.steps(4);
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@1=b", "orders-0@2=c"});
  CHECK(f.store.positions[{"orders", 0}] == 3);
}

TEST_CASE("positions: G4b, a partition that ends in control records moves its position alone, so that lag reaches zero") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.append_hole("orders", 0, 2);
  f.source.give("orders", 0);
  f.start();
  f.steps(2);
  f.clock.advance(6s);
  f.steps(3);
  CHECK(f.store.positions[{"orders", 0}] == 3);
  CHECK(f.store.rows.size() == 1);
}

TEST_CASE("positions: Kafka that does not answer is waited for") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.source.next_lookup = Outcome::retry("Kafka to answer");
  f.start().step();
  CHECK(f.task->report().condition == "waiting for Kafka to answer");
  f.clock.advance(1s);
  f.steps(2);
  CHECK(f.store.rows.size() == 1);
}

TEST_CASE("positions: a store that lost its positions is noticed by the group's commit, and nothing is written") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b"});
  f.source.give("orders", 0);
  f.start().step();
  f.clock.advance(10s);
  f.task->step();
  REQUIRE(f.source.committed[{"orders", 0}] == 2);

  f.store.positions.clear();
  f.store.witnesses.clear();
  f.store.rows.clear();
  f.source.append("orders", 0, {"c"});
  f.source.give("orders", 0);
  f.restart().step();
  CHECK(f.task->report().state == TaskReport::State::failed);
  CHECK(f.task->report().trace.find("orders-0: the sink has no position for it, but the consumer group's commit says that it had "
                                    "written up to 2") != std::string::npos);
  CHECK(f.store.rows.empty());
}

TEST_CASE("positions: a commit of a partition of which nothing was written yet is no sign of a lost store") {
  TaskFixture f;
  f.source.give("orders", 0);
  f.start().step();
  f.clock.advance(10s);
  f.task->step();
  REQUIRE(f.source.committed[{"orders", 0}] == 0);
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.restart().step();
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@0=a"});
}

TEST_CASE("positions: a former owner that wrote between the look at the log and the claim is no topic made anew") {
  struct LateWriter : FakeRecordSource {
    int looks = 0;
    Outcome look_up(std::span<const AssignmentChange::Partition> partitions, std::vector<PartitionStart>& starts) override {
      Outcome outcome = FakeRecordSource::look_up(partitions, starts);
      if (++looks == 1)
        for (PartitionStart& start : starts) start.high_watermark = 1;  // what the log ended at then
      return outcome;
    }
  } source;
  FakeStore store;
  ManualClock clock;
  source.append("orders", 0, {"a", "b", "c"});
  store.positions[{"orders", 0}] = 2;
  source.give("orders", 0);
  SinkTask task(source, store.factory(), {.owns_offsets = true, .wants_advance = true}, clock, {});
  task.step();
  CHECK(task.report().trace == "");
  CHECK(store.rows == std::vector<std::string>{"orders-0@2=c"});
}

namespace {

Transforms filter_of_topic(const std::string& pattern, bool negate = false) {
  Transform filter;
  filter.predicate = Predicate{Predicate::Asks::topic, std::regex(pattern), ""};
  filter.negate = negate;
  Transforms transforms;
  transforms.add(std::move(filter));
  return transforms;
}

}  // namespace

TEST_CASE("positions: filtered records are passed though nothing else arrives, and none of them is written") {
  TaskFixture f;
  f.options.transforms = filter_of_topic("orders");
  f.source.append("orders", 0, {"a", "b"});
  f.source.give("orders", 0);
  f.start();
  f.steps(2);
  f.clock.advance(6s);
  f.steps(3);
  CHECK(f.store.positions[{"orders", 0}] == 2);
  CHECK(f.store.rows.empty());

  f.restart();
  f.source.give("orders", 0);
  f.source.append("orders", 0, {"c"});
  f.steps(3);
  f.clock.advance(6s);
  f.steps(3);
  CHECK(f.store.positions[{"orders", 0}] == 3);
  CHECK(f.store.rows.empty());
}

TEST_CASE("positions: filtered records of one partition are passed with the batch of another, and after a batch is halved too") {
  TaskFixture f;
  f.options.transforms = filter_of_topic("drop.*");
  f.options.rejects.tolerate = true;
  f.source.append("drop", 0, {"x", "y"});
  f.source.append("keep", 0, {"a", "b"});
  f.source.give("drop", 0);
  f.source.give("keep", 0);
  f.start();
  f.steps(3);
  CHECK(f.store.rows == std::vector<std::string>{"keep-0@0=a", "keep-0@1=b"});
  CHECK(f.store.positions[{"keep", 0}] == 2);
  f.clock.advance(6s);
  f.steps(3);
  CHECK(f.store.positions[{"drop", 0}] == 2);
}

TEST_CASE("positions: a filter on tombstones keeps the others, and the position passes what it dropped at the end") {
  TaskFixture f;
  Transform filter;
  filter.predicate = Predicate{};
  filter.negate = true;  // nothing but tombstones
  f.options.transforms.add(std::move(filter));
  f.source.append("orders", 0, {"a", "b"});
  f.source.give("orders", 0);
  f.start();
  f.steps(2);
  f.clock.advance(6s);
  f.steps(2);
  CHECK(f.store.rows.empty());
  CHECK(f.store.positions[{"orders", 0}] == 2);
}

TEST_CASE("positions: for a sink that leaves offsets to Kafka the host commits past what is filtered") {
  TaskFixture f;
  f.traits = {};
  f.options.transforms = filter_of_topic("orders");
  f.source.append("orders", 0, {"a", "b"});
  f.source.give("orders", 0);
  f.start();
  f.steps(3);
  f.clock.advance(6s);
  f.steps(2);
  CHECK(f.store.rows.empty());
  CHECK(f.source.committed[{"orders", 0}] == 2);
}

TEST_CASE("positions: a sink that lost its positions stops, and once the group's commit is deleted it begins at the log's beginning") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.source.committed[{"orders", 0}] = 2;
  f.source.committed_as_written.insert({"orders", 0});
  f.source.give("orders", 0);
  f.start().step();
  REQUIRE(f.task->report().trace.find("the sink has no position for it") != std::string::npos);

  f.source.committed.clear();
  f.source.committed_as_written.clear();
  f.source.give("orders", 0);
  f.restart().step();
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@0=a", "orders-0@1=b", "orders-0@2=c"});
}

TEST_CASE("positions: who was frozen between asking Kafka and claiming asks again before it believes that positions are lost") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.source.committed[{"orders", 0}] = 3;
  f.source.committed_as_written.insert({"orders", 0});
  f.store.before_open = [&] {  // a person sets the position, which takes the commit's mark away
    f.source.committed[{"orders", 0}] = 1;
    f.source.committed_as_written.clear();
    f.store.positions[{"orders", 0}] = 1;
  };
  f.source.give("orders", 0);
  f.start().step();
  CHECK(f.task->report().trace == "");
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@1=b", "orders-0@2=c"});
}

TEST_CASE("positions: who was frozen while the topic was made anew and its positions were set for the new one goes on with that") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b", "c"});
  f.source.logs[{"orders", 0}].id.fill(1);
  f.store.before_open = [&] {
    f.source.logs[{"orders", 0}].id.fill(2);
    f.store.topic_ids[{"orders", 0}].fill(2);
    f.store.positions[{"orders", 0}] = 1;
  };
  f.source.give("orders", 0);
  f.start().step();
  CHECK(f.task->report().trace == "");
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@1=b", "orders-0@2=c"});
}

TEST_CASE("positions: what contradicts a claim stops the task only while the partition is still its own: a next owner may have written it") {
  for (const bool has_position : {false, true}) {
    CAPTURE(has_position);
    TaskFixture f;
    f.source.append("orders", 0, {"a", "b", "c"});
    f.source.committed[{"orders", 0}] = 3;
    if (has_position) f.store.positions[{"orders", 0}] = 4;  // as of a log that is longer than Kafka says
    else f.source.committed_as_written.insert({"orders", 0});
    f.source.membership = Outcome::retry("the consumer group to settle");
    const PartitionHandle handle = f.source.give("orders", 0);
    f.start().step();
    CHECK(f.task->report().trace == "");
    CHECK(f.task->report().condition == "waiting for the consumer group to settle");
    CHECK(f.store.closed == std::vector<std::pair<std::string, int32_t>>{{"orders-0", SLUICE_LOST}});

    SUBCASE("lost") {
      f.source.take(handle, AssignmentChange::Kind::lost);
      f.steps(2);
      CHECK(f.source.released.size() == 1);
      CHECK(f.task->report().trace == "");
    }
    SUBCASE("still its own") {
      f.source.membership = Outcome::good();
      f.clock.advance(10s);
      f.steps(2);
      CHECK(f.task->report().state == TaskReport::State::failed);
    }
  }
}

TEST_CASE("positions: a record that the client skipped at the log's end is fetched by looking twice") {
  TaskFixture f;
  f.source.append("orders", 0, {"a", "b"});
  f.source.skip_once("orders", 0, 1);
  f.source.give("orders", 0);
  f.start();
  f.steps(4);
  f.clock.advance(6s);
  f.steps(4);
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@0=a", "orders-0@1=b"});
}

TEST_CASE("positions: a topic made anew fails the task also where its new log has records at the position by now") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.logs[{"orders", 0}].id = TopicId{1};
  f.source.give("orders", 0);
  f.start().step();
  f.source.append_hole("orders", 0, 1);  // of the new log, like all that is before it
  f.source.append("orders", 0, {"d"});
  f.source.logs[{"orders", 0}].id = TopicId{2};
  f.steps(3);
  CHECK(f.task->report().trace.find("orders-0: the topic was deleted and made anew while it was read, at position 1") != std::string::npos);
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@0=a"});
}

TEST_CASE("positions: records that are gone are no lost range to a process that holds the partition no longer") {
  for (const bool member : {false, true}) {
    TaskFixture f;
    f.source.append("orders", 0, {"a", "b", "c"});
    f.options.batch_records = 1;
    f.source.give("orders", 0);
    f.start().step();
    f.source.logs[{"orders", 0}].low = 2;  // another member has written "b" meanwhile
    if (!member) f.source.membership = Outcome::retry("the consumer group to settle");
    f.steps(2);
    CAPTURE(member);
    CHECK((f.task->report().state == TaskReport::State::failed) == member);
    CHECK(f.store.rows == std::vector<std::string>{"orders-0@0=a"});
  }
}

TEST_CASE("positions: records that are gone are no lost range where a put without an answer may have written them: a claim tells") {
  for (const bool written : {true, false}) {
    TaskFixture f;
    f.source.append("orders", 0, {"a", "b"});
    f.source.append("orders", 1, {"x"});
    f.source.give("orders", 0);
    const PartitionHandle leaves = f.source.give("orders", 1);
    f.start();
    f.store.next_puts = {Outcome::retry("the database: the connection was lost")};
    f.steps(1);
    f.source.take(leaves, AssignmentChange::Kind::revoked);
    if (written) f.store.positions[{"orders", 0}] = 2;
    f.source.logs[{"orders", 0}].low = 2;  // retention
    f.source.append("orders", 0, {"c"});
    for (int i = 0; i < 6; ++i) {
      f.clock.advance(200ms);
      f.steps(1);
    }
    CAPTURE(written);
    CAPTURE(f.task->report().trace);
    CHECK((f.task->report().state == TaskReport::State::failed) == !written);
    CHECK(f.store.rows == (written ? std::vector<std::string>{"orders-0@2=c"} : std::vector<std::string>{}));
  }
}

TEST_CASE("positions: a sink to which nothing comes is asked now and then whether its positions are its own, by a batch without spans") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.start();
  f.steps(3);
  CHECK(f.store.asked == 0);
  f.clock.advance(4s);
  f.steps(3);
  CHECK(f.store.asked == 0);
  f.clock.advance(2s);
  f.steps(3);
  CHECK(f.store.asked == 1);
  f.clock.advance(6s);
  f.steps(3);
  CHECK(f.store.asked == 2);
  // What comes tells the same.
  for (int i = 0; i < 10; ++i) {
    f.source.append("orders", 0, {"b"});
    f.clock.advance(1s);
    f.steps(2);
  }
  CHECK(f.store.asked == 2);
  f.task->set_paused(true);
  f.clock.advance(60s);
  f.steps(3);
  CHECK(f.store.asked == 2);
  const TaskFigures figures = f.task->figures();
  CHECK(figures.batch_records.count() == f.store.attempts.size());
}

TEST_CASE("positions: a store that went back behind a silent topic has its rows written again") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.start();
  f.steps(2);
  const auto [rows, positions, witnesses] = std::tuple(f.store.rows, f.store.positions, f.store.witnesses);
  f.source.append("orders", 0, {"b"});
  f.steps(2);
  REQUIRE(f.store.rows.size() == 2);
  std::tie(f.store.rows, f.store.positions, f.store.witnesses) = std::tie(rows, positions, witnesses);
  f.store.next_puts = {Outcome::restart("the database has gone back", "fenced", 200ms)};
  f.clock.advance(6s);
  f.steps(1);
  CHECK(f.store.next_puts.empty());
  f.clock.advance(1s);
  f.steps(3);
  CHECK(f.store.rows == std::vector<std::string>{"orders-0@0=a", "orders-0@1=b"});
}

TEST_CASE("positions: a silent task whose store is away says so, and asks again until it is back") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.start();
  f.steps(2);
  f.store.next_puts = {Outcome::retry("the database"), Outcome::retry("the database")};
  f.clock.advance(6s);
  f.steps(1);
  CHECK(f.task->report().condition == "waiting for the database");
  f.clock.advance(200ms);
  f.steps(1);
  CHECK(f.task->report().condition == "waiting for the database");
  f.clock.advance(200ms);
  f.steps(1);
  CHECK(f.task->report().condition.empty());
  CHECK(f.store.asked == 3);
  CHECK(f.task->report().state == TaskReport::State::running);
}

TEST_CASE("positions: a task that waits for Kafka waits for it also when its sink was asked") {
  TaskFixture f;
  f.source.append("orders", 0, {"a"});
  f.source.give("orders", 0);
  f.start();
  f.steps(2);
  f.source.trouble_text = "a broker";
  for (int i = 0; i < 4; ++i) {
    f.clock.advance(6s);
    f.steps(1);
    CHECK(f.task->report().condition == "waiting for a broker");
  }
  CHECK(f.store.asked == 4);
}

TEST_CASE("positions: a sink that does not keep them is not asked for them, nor one that wants no batches without records") {
  for (const SinkTraits traits : {SinkTraits{.wants_advance = true}, SinkTraits{.owns_offsets = true}}) {
    TaskFixture f;
    f.traits = traits;
    f.source.append("orders", 0, {"a"});
    f.source.give("orders", 0);
    f.start();
    f.steps(2);
    f.clock.advance(6s);
    f.steps(2);
    CHECK(f.store.asked == 0);
  }
}

TEST_CASE("positions: what follows a damaged batch is not taken, also where a log has holes, and where two are damaged at once") {
  for (const bool heals : {true, false}) {
    TaskFixture f;
    for (const int partition : {0, 1}) {
      const TopicPartition name{"orders", partition};
      f.source.append("orders", partition, {"a", "removed", "b"});
      auto& messages = f.source.logs[name].messages;
      messages.erase(messages.begin() + 1);  // compacted away: here a hole is nothing special
      f.source.give("orders", partition);
    }
    f.start();
    f.steps(4);
    REQUIRE(f.store.rows.size() == 4);
    for (const int partition : {0, 1}) {
      f.source.append("orders", partition, {"c", "damaged", "d"});
      f.source.damaged_at[{"orders", partition}] = 4;
    }
    for (int i = 0; i < 40; ++i) {
      f.steps(1);
      f.clock.advance(500ms);
      if (heals && i == 6) f.source.damaged_at.clear();
    }
    CAPTURE(heals);
    CAPTURE(f.task->report().trace);
    CHECK((f.task->report().state == TaskReport::State::failed) == !heals);
    CHECK(f.store.positions[{"orders", 0}] == (heals ? 6 : 4));
    CHECK(f.store.positions[{"orders", 1}] == (heals ? 6 : 4));
    CHECK(f.store.rows.size() == (heals ? 10 : 6));
  }
}
