#include "fixture.h"

using namespace sluice;

TEST_CASE_FIXTURE(TaskFixture, "figures: records, batches and positions are counted as they pass") {
  source.append("orders", 0, {"a", "b", "c"});
  start();
  source.give("orders", 0);
  steps(5);
  const TaskFigures figures = task->figures();
  CHECK(figures.read == 3);
  CHECK(figures.read_bytes == 3);
  CHECK(figures.sent == 3);
  CHECK(figures.written == 3);
  CHECK(figures.active == 0);
  CHECK(figures.batch_records.count() == 1);
  CHECK(figures.batch_records.sum() == 3);
  CHECK(figures.put_seconds.count() == 1);
  CHECK(figures.sluice_to_durable.count() == 3);
  REQUIRE(figures.partitions.size() == 1);
  CHECK(figures.partitions[0].position == 3);
  CHECK(figures.partitions[0].lag() == 0);
}

TEST_CASE_FIXTURE(TaskFixture, "figures: while the sink waits, what is read is active and the lag grows") {
  source.append("orders", 0, {"a", "b"});
  store.next_puts = {Outcome::retry("the database"), Outcome::retry("the database")};
  start();
  source.give("orders", 0);
  steps(4);
  source.append("orders", 0, {"c"});
  TaskFigures figures = task->figures();
  CHECK(figures.active == 2);
  CHECK(figures.partitions[0].lag() == 3);
  CHECK(figures.retries == 1);
  CHECK(figures.last_error_ms > 0);
  CHECK(figures.sluice_to_durable.count() == 0);
  clock.advance(1s);
  steps(1);
  clock.advance(1s);
  steps(8);
  figures = task->figures();
  CHECK(figures.retries == 2);
  CHECK(figures.written == 3);
  CHECK(figures.sent == 7);  // the first two three times
  // From receipt until it was durable, the tries in between included.
  CHECK(figures.sluice_to_durable.sum() == doctest::Approx(2 * 2.0));
}

TEST_CASE_FIXTURE(TaskFixture, "figures: a partition that goes takes its position with it") {
  source.append("orders", 0, {"a"});
  start();
  const PartitionHandle handle = source.give("orders", 0);
  steps(5);
  source.take(handle, AssignmentChange::Kind::revoked);
  steps(2);
  CHECK(task->figures().partitions.empty());
  CHECK(task->figures().written == 1);
}

TEST_CASE_FIXTURE(TaskFixture, "figures: a task that has failed still tells what it did") {
  source.append("orders", 0, {"a"});
  store.next_puts = {Outcome::good(), Outcome::fatal("no such thing")};
  start();
  source.give("orders", 0);
  steps(5);
  source.append("orders", 0, {"b"});
  steps(5);
  REQUIRE(task->report().state == TaskReport::State::failed);
  CHECK(task->figures().written == 1);
  CHECK(task->figures().failures == 1);
  CHECK(task->figures().partitions[0].lag() == 1);
}
