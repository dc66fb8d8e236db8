#include "kafka/log_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "kafka/client_conf.h"
#include "kafka/free_client.h"
#include "kafka/message.h"

namespace sluice::kafka {
namespace {

constexpr int kAnswerMs = 10000;
constexpr int kPollMs = 200;
constexpr std::chrono::seconds kSilenceLimit{30};

const std::pair<const char*, const char*> kDefaults[] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"enable.partition.eof", "true"},
    {"allow.auto.create.topics", "false"},
    {"isolation.level", "read_committed"},  // what a task would be given
    {"check.crcs", "true"},
    {"fetch.wait.max.ms", "100"},
    {"queued.max.messages.kbytes", "16384"},
    {"socket.keepalive.enable", "true"},
    {"socket.connection.setup.timeout.ms", "5000"},
    {"enable.metrics.push", "false"},
};

}  // namespace

struct LogReader::Reading {
  std::span<LogRange> ranges;
  const std::function<void(const LogRange&, Record)>& each;
  std::vector<size_t> taken;
  std::vector<bool> done;
  size_t open = 0;
  Outcome outcome;
  std::chrono::steady_clock::time_point heard = std::chrono::steady_clock::now();

  void finish(size_t range) {
    if (done[range]) return;
    done[range] = true;
    --open;
  }
};

LogReader::LogReader(LogReaderOptions options) : options_(std::move(options)) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const auto set = [&](const std::string& key, const std::string& value) { set_or_throw(conf, options_.name, key, value); };
  for (const auto& [key, value] : kDefaults) set(key, value);
  for (const auto& [key, value] : options_.properties) set(key, value);
  set("group.id", options_.group_id);
  set("client.id", "sluice-" + options_.name);
  rd_kafka_conf_set_opaque(conf, this);
  rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int, const char* reason, void* self) {
    static_cast<LogReader*>(self)->trouble_ = printable(reason, 300);
  });
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});  // what matters is in the outcome
  client_ = new_consumer(conf, options_.name);
}

LogReader::~LogReader() { free_client(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, options_.name); }

Outcome LogReader::topics(std::map<std::string, int32_t>& found) {
  const rd_kafka_metadata_t* answer = nullptr;
  if (const auto error = rd_kafka_metadata(client_, 1, nullptr, &answer, kAnswerMs))
    return explained(Outcome::retry(fmt::format("Kafka does not tell its topics: {}", rd_kafka_err2str(error))));
  const Metadata metadata(answer);
  for (const rd_kafka_metadata_topic_t& topic : std::span(metadata->topics, static_cast<size_t>(metadata->topic_cnt)))
    if (!topic.err) found[topic.topic] = topic.partition_cnt;
  return Outcome::good();
}

Outcome LogReader::look_up(std::span<const TopicPartition> partitions, std::vector<PartitionStart>& starts) {
  return explained(kafka::look_up(client_, partitions, OffsetReset::earliest, starts));
}

Outcome LogReader::read(std::span<LogRange> ranges, const std::function<void(const LogRange& range, Record record)>& each) {
  Reading reading{.ranges = ranges, .each = each, .taken = std::vector<size_t>(ranges.size()), .done = std::vector<bool>(ranges.size()),
                  .open = ranges.size(), .outcome = {}};
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(ranges.size())));
  for (size_t i = 0; i < ranges.size(); ++i) {
    LogRange& range = ranges[i];
    range.reached = range.from;
    if (range.from >= range.to || range.most == 0) {
      reading.finish(i);
      continue;
    }
    rd_kafka_topic_partition_list_add(list.get(), range.name.topic.c_str(), range.name.partition)->offset = range.from;
  }
  if (reading.open == 0) return Outcome::good();
  if (const auto error = rd_kafka_assign(client_, list.get()))
    return Outcome::fatal(fmt::format("the Kafka client cannot read {}: {}", ranges.front().name.text(), rd_kafka_err2str(error)));
  while (reading.open > 0 && reading.outcome.ok()) {
    if (Message message(rd_kafka_consumer_poll(client_, kPollMs)); message) take(reading, std::move(message));
    if (std::chrono::steady_clock::now() - reading.heard > kSilenceLimit)
      reading.outcome = Outcome::retry(fmt::format("Kafka has sent nothing for {} s", kSilenceLimit.count()));
    if (options_.gives_up && options_.gives_up()) reading.outcome = Outcome::retry("it takes too long, or the process ends");
  }
  rd_kafka_assign(client_, nullptr);
  return explained(std::move(reading.outcome));
}

void LogReader::take(Reading& reading, Message message) {
  if (!message->rkt) {
    trouble_ = printable(rd_kafka_message_errstr(message.get()), 300);
    return;
  }
  const TopicPartition name{rd_kafka_topic_name(message->rkt), message->partition};
  const auto at = std::ranges::find(reading.ranges, name, &LogRange::name);
  if (at == reading.ranges.end()) return;
  const auto index = static_cast<size_t>(at - reading.ranges.begin());
  if (reading.done[index]) return;
  switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      reading.heard = std::chrono::steady_clock::now();
      at->reached = message->offset;
      return reading.finish(index);
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      trouble_ = printable(rd_kafka_message_errstr(message.get()), 300);
      return;  // the client goes on trying
    default:
      reading.outcome = Outcome::fatal(fmt::format("{} cannot be read: {}", name.text(), printable(rd_kafka_message_errstr(message.get()), 300)));
      return;
  }
  reading.heard = std::chrono::steady_clock::now();
  const int64_t offset = message->offset;
  if (offset >= at->to) {  // the records between were compacted away
    at->reached = at->to;
    return reading.finish(index);
  }
  at->reached = offset + 1;
  reading.each(*at, to_record(std::move(message), false));
  if (++reading.taken[index] == at->most || at->reached == at->to) reading.finish(index);
}

Outcome LogReader::explained(Outcome outcome) {
  if (outcome.ok()) return outcome;
  const Message unread(rd_kafka_consumer_poll(client_, 0));  // where the client tells what it met
  if (!trouble_.empty() && outcome.verdict == Verdict::retry) outcome.message += ": " + trouble_;
  return outcome;
}

}  // namespace sluice::kafka
