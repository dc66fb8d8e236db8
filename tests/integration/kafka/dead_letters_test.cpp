// The producer of dead letters on librdkafka's mock cluster.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "fakes/mock_cluster.h"
#include "kafka/dead_letters.h"

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct Topic {
  MockCluster cluster;
  std::atomic<bool> interrupted{false};
  kafka::DeadLetterProducer producer{
      [this] { return kafka::DeadLetterOptions{.name = "t-0", .topic = "dead", .properties = properties(), .admin_properties = properties()}; }};

  explicit Topic(bool there = true) {
    if (there) cluster.create("dead", 1);
  }
  std::map<std::string, std::string> properties() const { return {{"bootstrap.servers", cluster.bootstrap()}}; }
  Outcome send(std::span<DeadLetter> letters) { return producer.send(letters, interrupted); }

  // What the topic holds, as "key=value[header=value]".
  std::vector<std::string> read() const {
    char text[256];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", cluster.bootstrap().c_str(), text, sizeof text);
    rd_kafka_conf_set(conf, "group.id", "reader", text, sizeof text);  // asked for by rd_kafka_assign(), and not joined
    rd_kafka_conf_set(conf, "enable.partition.eof", "true", text, sizeof text);
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(all, "dead", 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client, all);
    rd_kafka_topic_partition_list_destroy(all);
    rd_kafka_poll_set_consumer(client);
    std::vector<std::string> found;
    for (bool at_end = false; !at_end;) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 10000);
      at_end = !message || message->err;
      if (message && !message->err) found.push_back(text_of(*message));
      if (message) rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return found;
  }

 private:
  static std::string bytes(const void* data, size_t size) { return data ? std::string(static_cast<const char*>(data), size) : "null"; }
  static std::string text_of(const rd_kafka_message_t& message) {
    std::string text = bytes(message.key, message.key_len) + "=" + bytes(message.payload, message.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers)) return text;
    const char* name;
    const void* value;
    size_t size;
    for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); ++i)
      text += "[" + std::string(name) + "=" + bytes(value, size) + "]";
    return text;
  }
};

DeadLetter letter(const char* key, const char* value, std::vector<DeadLetter::Header> headers = {}) {
  DeadLetter letter;
  letter.key = key;
  letter.key_len = key ? static_cast<uint32_t>(std::strlen(key)) : 0;
  letter.value = value;
  letter.value_len = value ? static_cast<uint32_t>(std::strlen(value)) : 0;
  letter.headers = std::move(headers);
  return letter;
}

}  // namespace

TEST_CASE("dead letters: key, value and headers arrive as they were, null apart from empty") {
  Topic topic;
  DeadLetter letters[] = {letter("k", "v", {{"trace", "abc"}, {"none", std::nullopt}, {"", ""}}), letter(nullptr, ""), letter("", nullptr)};
  REQUIRE(topic.send(letters).ok());
  for (const DeadLetter& each : letters) CHECK(each.acknowledged);
  CHECK(topic.read() == std::vector<std::string>{"k=v[trace=abc][none=null][=]", "null=", "=null"});
}

TEST_CASE("dead letters: a batch of many is acknowledged as a whole") {
  Topic topic;
  std::vector<DeadLetter> letters(5000, letter("k", "v"));
  REQUIRE(topic.send(letters).ok());
  CHECK(std::all_of(letters.begin(), letters.end(), [](const DeadLetter& each) { return each.acknowledged; }));
  CHECK(topic.read().size() == 5000);
}

TEST_CASE("dead letters: what the broker refuses is not acknowledged, and the reason is told") {
  Topic topic;
  DeadLetter letters[] = {letter("k", "v")};
  rd_kafka_mock_push_request_errors(topic.cluster.cluster(), 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const Outcome refused = topic.send(letters);
  CHECK(refused.verdict == Verdict::retry);
  CHECK(refused.code == "blocked.deadletters");
  CHECK(refused.message.find("the dead-letter topic dead does not take a record: Broker: Topic authorization failed") == 0);
  CHECK(!letters[0].acknowledged);
  const Outcome then = topic.send(letters);
  CHECK(then.message == "");
  CHECK(letters[0].acknowledged);
}

TEST_CASE("dead letters: a broker that is away is waited for until interrupted, and is written once it is back") {
  Topic topic;
  DeadLetter first[] = {letter("k", "first")}, second[] = {letter("k", "second")};
  REQUIRE(topic.send(first).ok());
  rd_kafka_mock_broker_set_down(topic.cluster.cluster(), 1);
  std::thread stop([&] {
    std::this_thread::sleep_for(1s);
    topic.interrupted = true;
  });
  const auto began = std::chrono::steady_clock::now();
  const Outcome away = topic.send(second);
  stop.join();
  CHECK(std::chrono::steady_clock::now() - began < 8s);
  CHECK(away.verdict == Verdict::retry);
  CHECK(away.message.find("the dead-letter topic dead: ") == 0);
  CHECK(!second[0].acknowledged);

  rd_kafka_mock_broker_set_up(topic.cluster.cluster(), 1);
  topic.interrupted = false;
  Outcome back = topic.send(second);
  for (int i = 0; i < 3 && !back.ok(); ++i) back = topic.send(second);
  CHECK(back.ok());
  const std::vector<std::string> found = topic.read();
  CHECK(std::count(found.begin(), found.end(), "k=first") == 1);
  CHECK(std::count(found.begin(), found.end(), "k=second") >= 1);
}

TEST_CASE("dead letters: a missing topic that nobody can create is named") {
  Topic topic(false);
  DeadLetter letters[] = {letter("k", "v")};
  const Outcome missing = topic.send(letters);
  CHECK(missing.message == "the dead-letter topic dead: it does not exist, and the cluster has no controller to create it; create it");
  topic.cluster.create("dead", 1);
  CHECK(topic.send(letters).ok());
}
