// The control thread: polls the consumer queue, whatever the sink is doing.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/loggers.h"
#include "failpoint/failpoint.h"
#include "kafka/consumer.h"
#include "kafka/leave_group.h"
#include "kafka/statistics.h"

namespace sluice::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollWait{100};
constexpr milliseconds kTopicsInterval{30000};
constexpr milliseconds kLetsGo{2000};
constexpr milliseconds kLeaveAgain{60000};     // partitions that were added are nobody's until the group's leader has looked for them
constexpr milliseconds kEndsInterval{5000};
constexpr milliseconds kBrokersInterval{10000};
constexpr int kAnotherBrokerMs = 1000;        // while which nobody answers the group
constexpr int kWithoutBrokers = 2;            // statistics in a row; one may come while it begins anew with those of bootstrap.servers
constexpr size_t kFencesOfATwin = 3;         // within kFencesTime
constexpr milliseconds kFencesTime{60000};
constexpr milliseconds kClaimLimit{10000};  // then the group must not wait any longer for our answer

spdlog::level::level_enum to_spdlog(int syslog_level) {
  if (syslog_level <= 3) return spdlog::level::err;
  if (syslog_level == 4) return spdlog::level::warn;
  if (syslog_level <= 6) return spdlog::level::info;
  return spdlog::level::debug;
}

}  // namespace

void Consumer::control() {
  while (!closing_) {
    polled_at_ = std::chrono::steady_clock::now();
    const Event event(rd_kafka_queue_poll(events_.get(), static_cast<int>(kPollWait.count())));
    if (event) on_event(event.get());
    leave_if_given_up();
    check_deadlines();
    check_topics();
    check_ends();
  }
}

void Consumer::on_event(rd_kafka_event_t* event) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_REBALANCE:
      on_rebalance(event);
      break;
    case RD_KAFKA_EVENT_ERROR:
      on_error(event);
      break;
    case RD_KAFKA_EVENT_STATS:
      on_statistics(rd_kafka_event_stats(event));
      break;
    case RD_KAFKA_EVENT_LOG: {
      const char *facility, *text;
      int level = 7;
      // Connection failures come as errors too, which become the task's condition; the log says them once a change.
      if (rd_kafka_event_log(event, &facility, &text, &level) == 0)
        kafka_log().log(std::strcmp(facility, "FAIL") == 0 ? spdlog::level::debug : to_spdlog(level), "Kafka client: {}: {}",
                        facility, printable(text));
      break;
    }
    case RD_KAFKA_EVENT_FETCH: {
      // A record that leaked past the forwarding (#3231). Delivering it here could overtake others: its partition is read
      // again from the next offset instead.
      AssignmentChange change{AssignmentChange::Kind::reread, {}};
      std::lock_guard lock(mutex_);
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
        if (!message->rkt) continue;
        const TopicPartition name{rd_kafka_topic_name(message->rkt), message->partition};
        if (const PartitionHandle handle = handle_of(name)) change.partitions.push_back({handle, name});
      }
      if (!change.partitions.empty()) post(std::move(change));
      break;
    }
    default:
      break;
  }
}

void Consumer::on_rebalance(rd_kafka_event_t* event) {
  const rd_kafka_topic_partition_list_t* list = rd_kafka_event_topic_partition_list(event);
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    on_gained(list);
  } else {
    on_going(list, rd_kafka_assignment_lost(client_) != 0);
  }
}

void Consumer::on_gained(const rd_kafka_topic_partition_list_t* list) {
  SLUICE_FAILPOINT("group.gained");
  AssignmentChange change{AssignmentChange::Kind::gained, {}};
  {
    std::lock_guard lock(mutex_);
    for (int i = 0; i < list->cnt; ++i) {
      const PartitionHandle handle = next_handle_++;
      const TopicPartition name{list->elems[i].topic, list->elems[i].partition};
      entries_[handle].name = name;
      change.partitions.push_back({handle, name});
      unanswered_.push_back(handle);
    }
    unanswered_since_ = std::chrono::steady_clock::now();
    topic_trouble_.clear();
    trouble_.clear();
    refusal_.clear();
    permission_.clear();
    if (!change.partitions.empty()) post(change);
  }
  kafka_log().info("the group gave {} partition(s)", list->cnt);
  // Also an empty list wants an answer.
  if (change.partitions.empty()) Error(rd_kafka_incremental_assign(client_, list));
}

void Consumer::on_going(const rd_kafka_topic_partition_list_t* list, bool lost) {
  SLUICE_FAILPOINT("group.going");
  AssignmentChange change{lost ? AssignmentChange::Kind::lost : AssignmentChange::Kind::revoked, {}};
  if (lost) SLUICE_FAILPOINT_OR("group.lost", rd_kafka_test_fatal_error(client_, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "a failpoint"));
  std::lock_guard lock(mutex_);
  for (int i = 0; i < list->cnt; ++i) {
    const TopicPartition name{list->elems[i].topic, list->elems[i].partition};
    if (const PartitionHandle handle = handle_of(name)) change.partitions.push_back({handle, name});
  }
  kafka_log().info("{} partition(s) {}", list->cnt, lost ? "lost to another member" : "given back to the group");
  if (change.partitions.empty()) {
    unassign(list);
    return;
  }
  going_.reset(rd_kafka_topic_partition_list_copy(list));
  going_since_ = std::chrono::steady_clock::now();
  overdue_called_ = false;
  post(std::move(change));
}

void Consumer::on_error(rd_kafka_event_t* event) {
  const auto code = rd_kafka_event_error(event);
  const std::string text = printable(rd_kafka_event_error_string(event), 300);
  const auto servers = options_.properties.find("bootstrap.servers");
  const std::string where = servers == options_.properties.end() ? "" : " at " + servers->second;
  std::lock_guard lock(mutex_);
  // It has a code that others have, too. The text tells what to raise.
  if (text.find("receive.message.max.bytes") != std::string::npos) {
    too_large_ = text;
    return;
  }
  if (rd_kafka_event_error_is_fatal(event) || code == RD_KAFKA_RESP_ERR__FATAL) {
    if (abandoned_) return;
    char why[512];
    const auto fatal = rd_kafka_fatal_error(client_, why, sizeof why);
    if (fatal == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID && !is_a_twin_there()) return abandon_client("was fenced, it may be by itself");
    fatal_ = fatal == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
                 ? fmt::format("another process runs with the same worker.id \"{}\" and took this task's place in the consumer "
                               "group. Give each process a worker.id of its own, then restart the connector", options_.worker_id)
                 : fmt::format("the Kafka client gave up: {}. Restart the connector", printable(why, 300));
    return;
  }
  switch (code) {
    case RD_KAFKA_RESP_ERR__SSL:
      broker_error_ = text;
      if (text.find("certificate") != std::string::npos)  // else it may have been cut in mid-handshake
        refused(fmt::format("Kafka{}: no trust between us: {}; renew the certificate, or correct kafka.ssl.* in the host file", where, text), text);
      break;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      broker_error_ = text;
      break;
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      trouble_ = fmt::format("Kafka{}: {}; check kafka.bootstrap.servers and that the broker runs", where,
                             broker_error_.empty() ? text : broker_error_);
      break;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      refused(fmt::format("Kafka{}: it refuses the credentials: {}; correct kafka.sasl.* in the host file, or what consumer.override.sasl.* "
                          "of the connector refers to", where, text), text);
      break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      topic_trouble_ = fmt::format("a topic to appear: {}; create it, or correct \"topics\"", text);
      break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      if (permission_.empty()) kafka_log().warn("Kafka: {}", text);
      permission_ = fmt::format("permission: {}; grant it to sluice's Kafka user", text);
      break;
    default:
      kafka_log().warn("Kafka: {}", text);
      break;
  }
}

// The broker knows one member by an instance id, and fences whom it knew before. That may have been we: our request to join came to it and
// its answer not to us, or something was still sent for the member that we were before we joined anew. A twin fences us again and again.
bool Consumer::is_a_twin_there() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(fenced_at_, [&](Time at) { return now - at > kFencesTime; });
  fenced_at_.push_back(now);
  return fenced_at_.size() >= kFencesOfATwin;
}

// It is of no use any more; the work thread makes a new one.
void Consumer::abandon_client(const char* because) {
  if (std::exchange(abandoned_, true)) return;
  kafka_log().warn("the Kafka client {}; a new one is made", because);
  renew_at_ = {};
  changed_.notify_all();
}

// `told`: what the client said, which begins with the name of the broker.
void Consumer::refused(std::string why, const std::string& told) {
  if (refusal_.empty()) {
    kafka_log().warn("{}", why);
    renew_at_ = std::chrono::steady_clock::now() + kRenewInterval;
  }
  refusal_ = std::move(why);
  refused_by_ = told.substr(0, told.find(": "));
}

// ALL_BROKERS_DOWN is not raised by every build of librdkafka, so the states in the statistics count as well.
//
// A broker that is just starting may answer that the cluster has none. A client (librdkafka 2.10 to 2.15, #5301) drops those that it knows
// then, and may never ask for others.
void Consumer::on_statistics(const char* json) {
  const bool any_up = is_connected(json);
  bool any_known = knows_a_broker(json);
  coordinator_ = coordinator_of(json);
  if (any_up && waits_for_metadata(json)) ask_another_broker();
  SLUICE_FAILPOINT_OR("client.statistics", any_known = false);
  std::lock_guard lock(mutex_);
  without_brokers_ = any_known ? 0 : without_brokers_ + 1;
  if (without_brokers_ >= kWithoutBrokers) abandon_client("has lost sight of all brokers");
  any_up_ = any_up;
  if (any_up) {
    trouble_.clear();
    broker_error_.clear();
    // That others accept us says nothing about the one that does not. One that is there no more has no say.
    const auto refuses = state_of(json, refused_by_);
    if (refuses.empty() || refuses == "UP") refusal_.clear();
  } else if (trouble_.empty() && !broker_error_.empty()) {
    trouble_ = fmt::format("Kafka: no broker is up: {}; check kafka.bootstrap.servers and that the broker runs", broker_error_);
  }
}

// A static member leaves by unsubscribing. The revocation that follows is answered at once, since the task cannot.
void Consumer::leave_if_given_up() {
  if (!give_up_ || left_) return;
  left_ = true;
  rd_kafka_unsubscribe(client_);
  std::lock_guard lock(mutex_);
  if (fatal_.empty()) fatal_ = "the task left its consumer group, since a call of its sink hung; it starts anew";
}

void Consumer::check_deadlines() {
  const auto now = std::chrono::steady_clock::now();
  bool call_overdue = false;
  {
    std::lock_guard lock(mutex_);
    if (!unanswered_.empty() && now - unanswered_since_ > kClaimLimit) park_unanswered();
    if (going_ && now - going_since_ > options_.revoke_grace && !overdue_called_) {
      overdue_called_ = true;
      call_overdue = true;
    }
    if (going_ && (left_ || now - going_since_ > 2 * options_.revoke_grace)) {
      // The sink does not even react to an interrupt. The group goes on without us; the store's fence keeps the sink out.
      for (int i = 0; i < going_->cnt; ++i)
        if (const PartitionHandle handle = handle_of({going_->elems[i].topic, going_->elems[i].partition})) forget(handle);
      unassign(going_.get());
      going_.reset();
    }
  }
  if (call_overdue && options_.overdue) options_.overdue();
}

// A client asks for its topics before it joins its group. Where the broker that it asked dies before it has answered, the client asks the
// same one again and again, for as long as it is away, and joins nothing meanwhile (librdkafka 2.14). Any other question is put to a broker
// that is up; the answer to one for all topics counts for the group as well, and says which brokers there are no more.
void Consumer::ask_another_broker() {
  const auto now = std::chrono::steady_clock::now();
  if (now - brokers_asked_at_ < kBrokersInterval) return;
  brokers_asked_at_ = now;
  const rd_kafka_metadata_t* answer = nullptr;
  if (!rd_kafka_metadata(client_, 1, nullptr, &answer, kAnotherBrokerMs)) Metadata{answer};
}

void Consumer::check_topics() {
  const auto now = std::chrono::steady_clock::now();
  if (const Event reply{rd_kafka_queue_poll(topic_replies_.get(), 0)}) {
    check_topic_ids(reply.get());
    partitions_ = read_partitions(reply.get());
    group_is_due_ = !partitions_.empty();
  }
  if (group_is_due_ && coordinator_ >= 0) {
    group_is_due_ = false;
    SLUICE_FAILPOINT("group.looked_for");
    ask_group(client_, options_.group_id, coordinator_, group_replies_.get());
  }
  if (const Event reply{rd_kafka_queue_poll(group_replies_.get(), 0)}) check_owners(reply.get());
  const milliseconds look_again = 2 * options_.revoke_grace + kLetsGo;  // no member has longer for letting go
  if (now - topics_asked_at_ < (unowned_.empty() ? kTopicsInterval : look_again)) return;
  std::set<std::string> topics;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [handle, entry] : entries_)
      if (ids_.contains(entry.name.topic)) topics.insert(entry.name.topic);
  }
  if (topics.empty()) return;
  topics_asked_at_ = now;
  ask_topic_ids(client_, std::vector<std::string>(topics.begin(), topics.end()), topic_replies_.get());
}

// A topic that is deleted and made anew while it is read: the client goes on at the old offset in the new log, and records of
// its beginning would never be written.
void Consumer::check_topic_ids(rd_kafka_event_t* reply) {
  const TopicIds seen = read_topic_ids(reply);
  std::lock_guard lock(mutex_);
  for (const auto& [topic, id] : seen)
    if (const auto known = ids_.find(topic); known != ids_.end() && known->second != id && fatal_.empty())
      fatal_ = fmt::format("{}: the topic was deleted and made anew while it was read. Records of its beginning may be missing. To go "
                           "on with the new topic, reset the connector's position for it (README, \"Resetting a position\")", topic);
}

// A cooperative rebalance has two rounds: what a member lets go of in the first another one is given in the second, which the former begins.
// Where it dies in between and comes back by its instance id, the broker gives it what it had and begins nothing: what it was to let go of is
// nobody's, for as long as nobody comes or goes. So somebody leaves, and comes again.
void Consumer::check_owners(rd_kafka_event_t* reply) {
  std::set<TopicPartition> unowned;
  if (const auto owned = read_owned(reply))
    std::ranges::set_difference(partitions_, *owned, std::inserter(unowned, unowned.end()));
  const bool seen_before = !unowned.empty() && unowned == unowned_;
  unowned_ = std::move(unowned);
  const auto now = std::chrono::steady_clock::now();
  if (!seen_before || now - left_for_them_at_ < kLeaveAgain) return;
  left_for_them_at_ = now;
  kafka_log().warn("{} partition(s), of which {} is one, belong to no member of the group {}: a rebalance may have been broken off",
                   unowned_.size(), unowned_.begin()->text(), options_.group_id);
  std::lock_guard lock(mutex_);
  leave_first_ = true;
  abandon_client("has to leave the group, which then shares them out");
}

// For the lag, which is what a person looks at while a task is paused or its database away: then nothing is fetched that would tell.
void Consumer::check_ends() {
  const auto now = std::chrono::steady_clock::now();
  if (const Event reply{rd_kafka_queue_poll(end_replies_.get(), 0)}) {
    auto ends = read_ends(reply.get());
    std::lock_guard lock(ends_mutex_);
    ends_ = std::move(ends);
  }
  if (now - ends_asked_at_ < kEndsInterval) return;
  ends_asked_at_ = now;
  std::vector<TopicPartition> names;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [handle, entry] : entries_) names.push_back(entry.name);
  }
  if (!names.empty()) ask_ends(client_, names, end_replies_.get());
}

// The whole group waits for our answer. Parked at the end, the partitions are ours but bring nothing; when the claim succeeds,
// begin() assigns them anew at the claimed position.
//
// At the end as a number, where it is known: if the client has to ask the broker for it, and the answer comes after begin(), it takes it for
// an outdated one, asks once more for what it had asked for, and goes on from there (librdkafka 2.14).
void Consumer::park_unanswered() {
  std::vector<PartitionPosition> parked;
  for (const PartitionHandle handle : unanswered_) {
    std::lock_guard lock(ends_mutex_);
    const auto end = ends_.find(entries_.at(handle).name);
    parked.push_back({handle, end == ends_.end() ? int64_t{RD_KAFKA_OFFSET_END} : end->second, -1});
    forward(entries_.at(handle));
    entries_.at(handle).answered = true;
  }
  unanswered_.clear();
  const PartitionList list = to_list(parked);
  Error(rd_kafka_incremental_assign(client_, list.get()));
}

// A client with a question open cannot be freed. The control thread has ended.
void Consumer::answer_all() {
  std::lock_guard lock(mutex_);
  if (!unanswered_.empty()) park_unanswered();
  if (going_) unassign(going_.get());
  going_.reset();
  while (const Event event{rd_kafka_queue_poll(events_.get(), 0)}) answer(client_, event.get());
}

void Consumer::post(AssignmentChange change) {
  changes_.push_back(std::move(change));
  changed_.notify_all();
  rd_kafka_queue_yield(records_.get());
}

void Consumer::unassign(const rd_kafka_topic_partition_list_t* list) {
  if (const Error error{kafka::unassign(client_, list)})
    kafka_log().warn("unassign: {}", rd_kafka_error_string(error.get()));
}

}  // namespace sluice::kafka
