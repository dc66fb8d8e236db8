// On what librdkafka really tells.
#include <doctest/doctest.h>

#include <string>

#include "kafka/handles.h"
#include "kafka/statistics.h"

using namespace sluice::kafka;

namespace {

// Of a member of a group, which nobody answers; without servers it knows of none.
std::string statistics_of(const std::string& servers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  const auto set = [&](const char* key, const std::string& value) {
    REQUIRE(rd_kafka_conf_set(conf, key, value.c_str(), error, sizeof error) == RD_KAFKA_CONF_OK);
  };
  if (!servers.empty()) set("bootstrap.servers", servers);
  set("group.id", "group");
  set("statistics.interval.ms", "1");
  set("log_level", "0");
  rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_STATS);
  const Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error));
  REQUIRE(client);
  const Queue queue(rd_kafka_queue_get_main(client.get()));
  for (int i = 0; i < 100; ++i)
    if (const Event event{rd_kafka_queue_poll(queue.get(), 100)}; event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_STATS)
      return rd_kafka_event_stats(event.get());
  FAIL("no statistics came");
  return {};
}

}  // namespace

TEST_CASE("statistics: whether a client knows a broker, although it is a member of a group in either case") {
  const std::string one = statistics_of("127.0.0.1:1"), none = statistics_of("");
  CHECK(one.find("GroupCoordinator") != one.npos);
  CHECK(none.find("GroupCoordinator") != none.npos);
  CHECK(knows_a_broker(one));
  CHECK_FALSE(knows_a_broker(none));
}

TEST_CASE("statistics: the group's coordinator is the broker whose address it bears") {
  CHECK(coordinator_of(statistics_of("127.0.0.1:1")) == -1);
  const std::string coordinator = R"("GroupCoordinator": { "name":"GroupCoordinator", "nodeid":-1, "nodename":"b:9092", "source":"logical"})";
  const std::string a = R"("a:9092/7": { "name":"a:9092/7", "nodeid":7, "nodename":"a:9092", "source":"learned"})";
  const std::string b = R"("b:9092/12": { "name":"b:9092/12", "nodeid":12, "nodename":"b:9092", "source":"learned"})";
  CHECK(coordinator_of(a + "," + b + "," + coordinator) == 12);
  CHECK(coordinator_of(coordinator + "," + b + "," + a) == 12);
  CHECK(coordinator_of(coordinator + "," + a) == -1);
}

TEST_CASE("statistics: who is not about to join its group waits for no word of the topics") {
  const std::string none = statistics_of("127.0.0.1:1");
  REQUIRE(none.find(R"("join_state": "init")") != none.npos);
  CHECK_FALSE(waits_for_metadata(none));
  CHECK(waits_for_metadata(R"("cgrp": { "state": "up", "stateage": 7, "join_state": "wait-metadata", "rebalance_age": 7 })"));
}

TEST_CASE("statistics: the state of a broker is looked for by its name") {
  const std::string one = statistics_of("127.0.0.1:1");
  CHECK_FALSE(state_of(one, "127.0.0.1:1/bootstrap").empty());
  CHECK(state_of(one, "127.0.0.1:2/bootstrap").empty());
  CHECK_FALSE(is_connected(one));
}
