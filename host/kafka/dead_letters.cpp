#include "kafka/dead_letters.h"

#include <fmt/format.h>

#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/log.h"
#include "failpoint/failpoint.h"
#include "kafka/client_conf.h"
#include "kafka/free_client.h"
#include "kafka/new_topic.h"

namespace sluice::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSendLimit{15000};
constexpr milliseconds kPollWait{100};

const std::pair<const char*, const char*> kDefaults[] = {
    {"enable.idempotence", "true"},        // with it acks=all, and no letter twice by the client's own retries
    {"acks", "all"},
    {"message.timeout.ms", "10000"},       // below kSendLimit, so that mostly the client itself says what failed
    {"linger.ms", "0"},                    // somebody waits
    {"partitioner", "murmur2_random"},     // Java's: the same key goes where Connect would put it
    {"message.max.bytes", "1000000000"},   // what Kafka delivered may be sent; how much it takes the broker says
    {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "1000"},
    {"socket.connection.setup.timeout.ms", "5000"},
    {"enable.metrics.push", "false"},
};

// A person has to act before the broker takes it.
bool is_for_a_person(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct DeadLetterProducer::Trouble {
  std::mutex mutex;
  std::string text;
};

struct DeadLetterProducer::Settling {
  std::span<DeadLetter> letters;
  uint64_t first = 0;  // the number of the first of them
  size_t open = 0;     // of those that were handed to the client
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
};

DeadLetterProducer::DeadLetterProducer(std::function<DeadLetterOptions()> options) : options_anew_(std::move(options)) {}

DeadLetterProducer::~DeadLetterProducer() { drop_client(); }

Outcome DeadLetterProducer::send(std::span<DeadLetter> letters, const std::atomic<bool>& interrupted) {
  const Time deadline = std::chrono::steady_clock::now() + kSendLimit;
  const auto goes_on = [&] { return !interrupted && std::chrono::steady_clock::now() < deadline; };
  if (!client_) {
    try {
      options_ = options_anew_();
    } catch (const std::runtime_error& e) {
      return Outcome::retry(fmt::format("the dead-letter topic: the Kafka client's settings: {}", e.what()), "blocked.deadletters");
    }
  }
  SLUICE_FAILPOINT_OR("letters.begun", return Outcome::retry(fmt::format("the dead-letter topic {}: a failpoint", options_.topic)));
  if (!topic_is_there_) {
    const Outcome there = create_unless_there({options_.topic, options_.replication_factor, options_.admin_properties, options_.name});
    if (!there.ok()) return there;
    topic_is_there_ = true;
  }
  if (Outcome made = make_client(); !made.ok()) return made;

  Settling settling{.letters = letters, .first = next_number_};
  for (DeadLetter& letter : letters) {
    rd_kafka_resp_err_t error = produce(letter, next_number_++);
    while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && goes_on()) {
      settle(settling, kPollWait);
      error = produce(letter, next_number_ - 1);
    }
    if (!error) ++settling.open;
    else if (!settling.error) settling.error = error;
  }
  SLUICE_FAILPOINT("letters.produced");
  while (settling.open > 0 && goes_on()) settle(settling, kPollWait);
  SLUICE_FAILPOINT("letters.acknowledged");

  if (settling.open == 0 && !settling.error) return Outcome::good();
  Outcome outcome = explain(settling);
  // The topic may be gone, and a client that was refused a topic once remembers it for minutes: both are looked at anew.
  drop_client();
  topic_is_there_ = false;
  return outcome;
}

Outcome DeadLetterProducer::make_client() {
  if (client_) return Outcome::good();
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char text[512];
  const auto set = [&](const std::string& key, const std::string& value) {
    return rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK;
  };
  bool sound = true;
  for (const auto& [key, value] : kDefaults) sound = sound && set(key, value);
  for (const auto& [key, value] : options_.properties) sound = sound && set(key, value);
  if (!options_.properties.contains("client.id")) sound = sound && set("client.id", "sluice-dead-letters-" + options_.name);
  trouble_ = std::make_shared<Trouble>();
  rd_kafka_conf_set_opaque(conf, trouble_.get());
  // On librdkafka's threads: it keeps the text for the next message and writes nothing itself, since each failure is told once,
  // by the task's condition.
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t* client, int level, const char*, const char* line) {
    auto* trouble = static_cast<Trouble*>(rd_kafka_opaque(client));
    if (!trouble || level > 4) return;
    std::lock_guard lock(trouble->mutex);
    trouble->text = printable(line, 300);
  });
  rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
  client_ = sound ? new_client(RD_KAFKA_PRODUCER, conf, text, sizeof text) : nullptr;
  if (!client_) {
    rd_kafka_conf_destroy(conf);
    return Outcome::retry(fmt::format("the dead-letter topic {}: the Kafka client did not start: {}; correct producer.override", options_.topic,
                                      text), "blocked.deadletters");
  }
  reports_.reset(rd_kafka_queue_get_main(client_));
  return Outcome::good();
}

// What it still holds goes with it.
void DeadLetterProducer::drop_client() {
  if (!client_) return;
  reports_.reset();
  rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  free_client(std::exchange(client_, nullptr), 0, options_.name, std::move(trouble_));
}

rd_kafka_resp_err_t DeadLetterProducer::produce(DeadLetter& letter, uint64_t number) {
  Headers headers(rd_kafka_headers_new(letter.headers.size()));
  for (const DeadLetter::Header& header : letter.headers)
    rd_kafka_header_add(headers.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value ? header.value->data() : nullptr, header.value ? static_cast<ssize_t>(header.value->size()) : 0);
  const auto error = rd_kafka_producev(
      client_, RD_KAFKA_V_TOPIC(options_.topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(letter.key, letter.key_len), RD_KAFKA_V_VALUE(const_cast<void*>(letter.value), letter.value_len),
      RD_KAFKA_V_TIMESTAMP(letter.timestamp_ms > 0 ? letter.timestamp_ms : 0), RD_KAFKA_V_HEADERS(headers.get()),
      RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(static_cast<uintptr_t>(number))), RD_KAFKA_V_END);
  if (!error) (void)headers.release();  // the message owns them now
  return error;
}

void DeadLetterProducer::settle(Settling& settling, milliseconds wait) {
  const Event event(rd_kafka_queue_poll(reports_.get(), static_cast<int>(wait.count())));
  if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) return;
  while (const rd_kafka_message_t* report = rd_kafka_event_message_next(event.get())) {
    const uint64_t number = reinterpret_cast<uintptr_t>(report->_private);
    if (number < settling.first || number >= settling.first + settling.letters.size()) continue;
    --settling.open;
    if (report->err) settling.error = report->err;
    else settling.letters[number - settling.first].acknowledged = true;
  }
}

Outcome DeadLetterProducer::explain(const Settling& settling) const {
  const auto error = settling.error ? settling.error : RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
  std::string why = rd_kafka_err2str(error);
  if (error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || error == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    std::lock_guard lock(trouble_->mutex);
    if (!trouble_->text.empty()) why += ": " + trouble_->text;
  }
  if (is_for_a_person(error))
    return Outcome::retry(fmt::format("the dead-letter topic {} does not take a record: {}; change the topic's settings or the rights of "
                                      "sluice's Kafka user", options_.topic, why), "blocked.deadletters");
  return Outcome::retry(fmt::format("the dead-letter topic {}: {}", options_.topic, why));
}

}  // namespace sluice::kafka
