#include "kafka/new_topic.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/log.h"
#include "base/loggers.h"
#include "kafka/client_conf.h"
#include "kafka/handles.h"
#include "kafka/lookup.h"

namespace sluice::kafka {
namespace {

constexpr int kAnswerMs = 3000;
constexpr int kBrokersDefault = -1;

Outcome waiting(const NewTopicOptions& options, const std::string& why) {
  return Outcome::retry(fmt::format("the dead-letter topic {}: {}", options.topic, why));
}

Outcome make_client(const NewTopicOptions& options, Client& client) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char text[512];
  bool sound = true;
  for (const auto& [key, value] : options.properties)
    sound = sound && rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK;
  rd_kafka_conf_set_log_cb(conf, nullptr);  // what fails is told by the outcome
  if (sound) client.reset(new_client(RD_KAFKA_PRODUCER, conf, text, sizeof text));
  if (client) return Outcome::good();
  rd_kafka_conf_destroy(conf);
  return Outcome::retry(fmt::format("the dead-letter topic {}: the Kafka client did not start: {}; correct admin.override", options.topic, text),
                        "blocked.deadletters");
}

// By the list of all topics: asking for one by its name may create it, with the broker's number of partitions.
Outcome is_there(const NewTopicOptions& options, rd_kafka_t* client, bool& there) {
  const rd_kafka_metadata_t* answer = nullptr;
  if (const auto error = rd_kafka_metadata(client, 1, nullptr, &answer, kAnswerMs))
    return waiting(options, fmt::format("Kafka does not say which topics there are: {}", rd_kafka_err2str(error)));
  const Metadata all(answer);
  there = std::any_of(all->topics, all->topics + all->topic_cnt,
                      [&](const rd_kafka_metadata_topic_t& topic) { return topic.topic == options.topic; });
  return Outcome::good();
}

struct Created {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  std::string text = "no answer";
};

Created create(const NewTopicOptions& options, rd_kafka_t* client, int replication_factor) {
  char text[256];
  const NewTopic topic(rd_kafka_NewTopic_new(options.topic.c_str(), 1, replication_factor, text, sizeof text));
  if (!topic) return {RD_KAFKA_RESP_ERR__INVALID_ARG, text};
  const AdminOptions request(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(request.get(), kAnswerMs, text, sizeof text);
  const Queue queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* wanted[] = {topic.get()};
  rd_kafka_CreateTopics(client, wanted, 1, request.get(), queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), kAnswerMs + 500));
  if (!event) return {};
  if (const auto error = rd_kafka_event_error(event.get())) return {error, rd_kafka_event_error_string(event.get())};
  size_t count = 0;
  const rd_kafka_topic_result_t** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return {};
  const char* why = rd_kafka_topic_result_error_string(results[0]);
  return {rd_kafka_topic_result_error(results[0]), why ? printable(why, 300) : ""};
}

}  // namespace

Outcome create_unless_there(const NewTopicOptions& options) {
  Client client;
  if (Outcome made = make_client(options, client); !made.ok()) return made;
  bool there = false;
  if (Outcome told = is_there(options, client.get(), there); !told.ok()) return told;
  if (there) return Outcome::good();
  if (!has_controller(client.get())) return waiting(options, "it does not exist, and the cluster has no controller to create it; create it");

  Created created = create(options, client.get(), options.replication_factor);
  if (created.error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR) {
    kafka_log().warn("the dead-letter topic {} cannot have {} replicas ({}); it is created with the broker's default. Set "
                 "errors.deadletterqueue.topic.replication.factor", options.topic, options.replication_factor, created.text);
    created = create(options, client.get(), kBrokersDefault);
  }
  switch (created.error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      kafka_log().info("created the dead-letter topic {}", options.topic);
      return Outcome::good();
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return Outcome::good();
    default:
      return waiting(options, fmt::format("it does not exist and cannot be created: {}", created.text.empty() ? rd_kafka_err2str(created.error)
                                                                                                               : created.text));
  }
}

}  // namespace sluice::kafka
