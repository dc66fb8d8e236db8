// The real consumer on librdkafka's mock cluster, driven by the real task over a store in memory.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "fakes/fake_store.h"
#include "fakes/mock_cluster.h"
#include "kafka/consumer.h"
#include "task/sink_task.h"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct Member {  // a task with a consumer of its own, stepped by the test
  FakeStore& store;
  SteadyClock clock;
  kafka::Consumer source;
  SinkTask task;

  static kafka::ConsumerOptions options(const MockCluster& cluster, const std::string& name, std::chrono::milliseconds grace) {
    kafka::ConsumerOptions o;
    o.revoke_grace = grace;
    o.name = name;
    o.properties["bootstrap.servers"] = cluster.bootstrap();
    o.properties["session.timeout.ms"] = "6000";
    o.group_id = "connect-t";
    o.instance_id = "here-" + name;
    o.worker_id = "here";
    o.topics = {"orders"};
    return o;
  }
  Member(const MockCluster& cluster, FakeStore& s, const std::string& name, std::chrono::milliseconds grace = 5s)
      : store(s), source(options(cluster, name, grace)),
        task(source, store.factory(), {.owns_offsets = true, .wants_advance = true}, clock, {}) {}
};

template <class Done, class... Members>
bool run_until(std::chrono::seconds limit, Done done, Members&... members) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done() && std::chrono::steady_clock::now() < deadline) (members.task.step(), ...);
  return done();
}

void fill(MockCluster& cluster, int from, int to) {
  for (int i = from; i < to; ++i) cluster.produce("orders", i % 4, std::to_string(i));
  cluster.flush();
}

// Every value of [0, n) exactly once.
bool exactly_once(const FakeStore& store, int n) {
  std::multiset<std::string> values;
  for (const std::string& row : store.rows) values.insert(row.substr(row.find('=') + 1));
  if (values.size() != static_cast<size_t>(n)) return false;
  for (int i = 0; i < n; ++i)
    if (values.count(std::to_string(i)) != 1) return false;
  return true;
}

}  // namespace

TEST_CASE("consumer: every record of every partition arrives once, and the group's commit follows at the end") {
  MockCluster cluster;
  cluster.create("orders", 4);
  fill(cluster, 0, 1000);
  FakeStore store;
  Member a(cluster, store, "t-0");
  CHECK(run_until(30s, [&] { return store.rows.size() >= 1000; }, a));
  CHECK(exactly_once(store, 1000));
  a.task.stop_and_close();
  a.source.close(true);
  Member b(cluster, store, "t-0");
  std::vector<PartitionStart> starts;
  const AssignmentChange::Partition first[] = {{0, {"orders", 0}}};
  REQUIRE(b.source.look_up(first, starts).ok());
  CHECK(starts[0].committed == 250);
  CHECK(starts[0].high_watermark == 250);
}

TEST_CASE("consumer: after RESTART the records come again from the stored position, in order") {
  MockCluster cluster;
  cluster.create("orders", 4);
  fill(cluster, 0, 400);
  FakeStore store;
  store.next_puts = {Outcome::restart("lost", "", 1ms), Outcome::good(), Outcome::restart("lost again", "", 1ms)};
  Member a(cluster, store, "t-0");
  CHECK(run_until(30s, [&] { return store.rows.size() >= 400; }, a));
  fill(cluster, 400, 800);
  CHECK(run_until(30s, [&] { return store.rows.size() >= 800; }, a));
  CHECK(exactly_once(store, 800));
  CHECK(store.sinks_made == 3);
}

TEST_CASE("consumer: however often a position is taken again, its records arrive") {
  MockCluster cluster;
  cluster.create("orders", 4);
  FakeStore store;
  Member a(cluster, store, "t-0");
  for (int round = 1; round <= 12; ++round) {
    CAPTURE(round);
    fill(cluster, (round - 1) * 4, round * 4);
    store.next_puts = {Outcome::restart("lost", "", 1ms)};
    REQUIRE(run_until(10s, [&] { return store.rows.size() >= static_cast<size_t>(round) * 4; }, a));
  }
  CHECK(exactly_once(store, 48));
}

TEST_CASE("consumer: a second member takes its share and gives it back, nothing is lost or doubled") {
  MockCluster cluster;
  cluster.create("orders", 4);
  fill(cluster, 0, 400);
  FakeStore store;
  Member a(cluster, store, "t-0");
  CHECK(run_until(30s, [&] { return store.rows.size() >= 400; }, a));
  {
    Member b(cluster, store, "t-1");
    CHECK(run_until(30s, [&] { return b.task.report().partitions == 2 && a.task.report().partitions == 2; }, a, b));
    fill(cluster, 400, 800);
    CHECK(run_until(30s, [&] { return store.rows.size() >= 800; }, a, b));
    b.task.stop_and_close();
    b.source.close(true);
  }
  CHECK(run_until(30s, [&] { return a.task.report().partitions == 4; }, a));
  fill(cluster, 800, 1200);
  CHECK(run_until(30s, [&] { return store.rows.size() >= 1200; }, a));
  CHECK(exactly_once(store, 1200));
}

TEST_CASE("consumer: E19, a claim that takes longer than the group may wait is made up for later") {
  MockCluster cluster;
  cluster.create("orders", 4);
  fill(cluster, 0, 100);
  FakeStore store;
  for (int i = 0; i < 13; ++i) store.next_opens.push_back(Outcome::retry("the database", "", 1s));
  Member a(cluster, store, "t-0");
  CHECK(run_until(60s, [&] { return store.rows.size() >= 100; }, a));
  CHECK(exactly_once(store, 100));
}

TEST_CASE("consumer: a partition that the group takes while its claim is waited for, and the task hangs, is nothing to be claimed any more") {
  MockCluster cluster;
  cluster.create("orders", 4);
  FakeStore store;
  store.locked = {{"orders", 1}, {"orders", 2}, {"orders", 3}};
  Member a(cluster, store, "t-0", 100ms);
  REQUIRE(run_until(20s, [&] { return store.positions.contains({"orders", 0}); }, a));
  Member b(cluster, store, "t-1");
  CHECK(!run_until(12s, [] { return false; }, b));  // as long as the group may wait for a's answer, and more
  store.locked.clear();
  fill(cluster, 0, 100);
  CHECK(run_until(30s, [&] { return store.rows.size() >= 100; }, a, b));
  CHECK(exactly_once(store, 100));
}

TEST_CASE("consumer: a broker that cannot be reached is named in the condition, and records flow once it is there") {
  MockCluster cluster;
  cluster.create("orders", 4);
  fill(cluster, 0, 100);
  rd_kafka_mock_broker_set_down(cluster.cluster(), 1);
  FakeStore store;
  Member a(cluster, store, "t-0");
  CHECK(run_until(15s, [&] { return a.task.report().condition.find("waiting for Kafka") == 0; }, a));
  MESSAGE(a.task.report().condition);
  rd_kafka_mock_broker_set_up(cluster.cluster(), 1);
  CHECK(run_until(30s, [&] { return store.rows.size() >= 100; }, a));
  CHECK(a.task.report().condition.empty());
}

TEST_CASE("consumer: a topic that does not exist is named in the condition") {
  MockCluster cluster;
  rd_kafka_mock_topic_set_error(cluster.cluster(), "orders", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  FakeStore store;
  Member a(cluster, store, "t-0");
  CHECK(run_until(15s, [&] { return a.task.report().condition.find("a topic to appear") != std::string::npos; }, a));
  MESSAGE(a.task.report().condition);
}
