#include "kafka/consumer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/log_context.h"
#include "base/loggers.h"
#include "base/no_thread.h"
#include "failpoint/failpoint.h"
#include "kafka/client_conf.h"
#include "kafka/free_client.h"
#include "kafka/leave_group.h"
#include "kafka/message.h"

namespace sluice::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCommitLimit{3000};
constexpr uint64_t kPartitionFetchBytes = uint64_t{2} << 20;
constexpr size_t kFetchChunk = 1000;  // messages a call, so that the byte limit is looked at now and then

// The settings that carry correctness, and those that were measured: exactly-once.md section 12. What the user overrides has
// passed the allow-list, which holds none of the first group.
const std::pair<const char*, const char*> kDefaults[] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"group.protocol", "classic"},
    {"enable.partition.eof", "true"},
    {"allow.auto.create.topics", "false"},
    {"isolation.level", "read_committed"},
    {"check.crcs", "true"},
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"session.timeout.ms", "10000"},
    {"heartbeat.interval.ms", "1000"},
    {"max.poll.interval.ms", "300000"},
    {"fetch.wait.max.ms", "100"},
    {"fetch.queue.backoff.ms", "5"},
    {"queued.min.messages", "100000"},
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "1000"},
    {"socket.connection.setup.timeout.ms", "5000"},
    // Java's request.timeout.ms. So long a broker that vanished, or an answer whose length was spoilt, keeps its partitions.
    {"socket.timeout.ms", "30000"},
    {"topic.metadata.refresh.interval.ms", "60000"},
    {"statistics.interval.ms", "5000"},
    {"log.queue", "true"},
    {"enable.metrics.push", "false"},
};

// When the certificates and keys that these settings name were last written.
FileTimes times_of_files(const std::map<std::string, std::string>& properties) {
  FileTimes times;
  for (const auto& [key, value] : properties) {
    std::error_code missing;
    if (key.ends_with(".location")) times[value] = std::filesystem::last_write_time(value, missing);
  }
  return times;
}

}  // namespace

Consumer::Consumer(ConsumerOptions options) : options_(std::move(options)), files_(times_of_files(options_.properties)) {
  messages_.resize(kFetchChunk);
  start(make_client(options_.properties));
}

Consumer::~Consumer() {
  if (!closed_) close(false);
}

rd_kafka_conf_t* Consumer::make_conf(const std::map<std::string, std::string>& properties) const {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const auto set = [&](const std::string& key, const std::string& value) { set_or_throw(conf, options_.name, key, value); };
  for (const auto& [key, value] : kDefaults) set(key, value);
  set("queued.max.messages.kbytes", std::to_string(std::max<uint64_t>(options_.queue_bytes / 1024, 1024)));
  // A record that is larger comes all the same, alone.
  set("fetch.max.bytes", std::to_string(options_.fetch_bytes));
  set("max.partition.fetch.bytes", std::to_string(std::min(kPartitionFetchBytes, options_.fetch_bytes)));
  for (const auto& [key, value] : properties) set(key, value);
  set("group.id", options_.group_id);
  set("group.instance.id", options_.instance_id);
  set("client.id", "sluice-" + options_.name);
  rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS);
  return conf;
}

rd_kafka_t* Consumer::make_client(const std::map<std::string, std::string>& properties) const {
  rd_kafka_t* client = new_consumer(make_conf(properties), options_.name);
  rd_kafka_set_log_queue(client, nullptr);  // the consumer queue: the control thread logs
  return client;
}

void Consumer::start(rd_kafka_t* client) {
  {
    std::scoped_lock lock(mutex_, ends_mutex_);
    client_ = client;
    events_.reset(rd_kafka_queue_get_consumer(client_));
    records_.reset(rd_kafka_queue_new(client_));
    replies_.reset(rd_kafka_queue_new(client_));
    topic_replies_.reset(rd_kafka_queue_new(client_));
    group_replies_.reset(rd_kafka_queue_new(client_));
    end_replies_.reset(rd_kafka_queue_new(client_));
    client_ends_ = any_up_ = abandoned_ = leave_first_ = false;
    without_brokers_ = 0;
    topics_asked_at_ = brokers_asked_at_ = {};
    coordinator_ = -1;
    group_is_due_ = false;
    partitions_.clear();
    unowned_.clear();
    renew_at_ = std::chrono::steady_clock::now() + kRenewInterval;
  }
  subscribe();
  polled_at_ = std::chrono::steady_clock::now();
  closing_ = false;
  try {
    control_ = std::thread([this, fields = LogContext::current()] {
      const LogContext about(fields);
      control();
    });
  } catch (const std::system_error& e) {
    close(false);  // where we are being made nobody calls our destructor
    throw std::runtime_error(no_thread(e));
  }
}

// A client keeps the credentials and certificates that it was made with. Whether there are better ones by now, only a new one shows.
// Nor does one come back that the broker has fenced.
void Consumer::renew_if_needed() {
  bool others_accept = false;
  {
    std::lock_guard lock(mutex_);
    const bool refused = !refusal_.empty() && options_.properties_anew;
    if (std::chrono::steady_clock::now() < renew_at_ || (!refused && !abandoned_ && !letting_go_)) return;
    if (!fatal_.empty()) return;  // who was fenced by a twin, or has left the group, must not come back
    others_accept = any_up_ && !abandoned_ && !letting_go_;
  }
  rd_kafka_t* fresh = nullptr;
  FileTimes files;
  try {
    const auto properties = options_.properties_anew ? options_.properties_anew() : options_.properties;
    files = times_of_files(properties);
    if (others_accept && files == files_) return set_credentials(properties);
    letting_go_ = true;  // no way back: what the old client lets go of, the group would not give it again
    if (!all_let_go()) return;
    fresh = make_client(properties);
  } catch (const std::exception& e) {
    std::lock_guard lock(mutex_);
    refused(printable(e.what(), 300));
    renew_at_ = std::chrono::steady_clock::now() + kRenewInterval;
    return;
  }
  const bool leave = [&] { std::lock_guard lock(mutex_); return leave_first_; }();
  end_client(leave);
  letting_go_ = false;
  files_ = std::move(files);
  start(fresh);
}

// While other brokers accept us, what they bring shall not be interrupted: a new password alone needs no new client.
void Consumer::set_credentials(const std::map<std::string, std::string>& properties) {
  const auto user = properties.find("sasl.username"), password = properties.find("sasl.password");
  if (user != properties.end() && password != properties.end())
    Error(rd_kafka_sasl_set_credentials(client_, user->second.c_str(), password->second.c_str()));
  std::lock_guard lock(mutex_);
  renew_at_ = std::chrono::steady_clock::now() + kRenewInterval;
}

// Records hold on to the client that brought them: the task drops all that it has of this one.
bool Consumer::all_let_go() {
  std::lock_guard lock(mutex_);
  AssignmentChange change{AssignmentChange::Kind::lost, {}};
  for (auto& [handle, entry] : entries_)
    if (!std::exchange(entry.let_go, true)) change.partitions.push_back({handle, entry.name});
  if (!change.partitions.empty()) post(std::move(change));
  return entries_.empty() && changes_.empty();
}

// Ends the control thread and answers what the group still asks. Then only events_ holds on to the client, which can be freed. What
// the group gave meanwhile the task never hears of.
void Consumer::let_go_of_client() {
  {
    std::lock_guard lock(ends_mutex_);
    client_ends_ = true;
  }
  closing_ = true;
  rd_kafka_queue_yield(events_.get());  // librdkafka waits by the wall clock, which may just have been set back
  if (control_.joinable()) control_.join();
  answer_all();
  std::lock_guard lock(mutex_);
  for (auto& [handle, entry] : entries_)
    if (entry.queue) rd_kafka_queue_forward(entry.queue.get(), nullptr);
  entries_.clear();
  changes_.clear();
  for (Queue* queue : {&records_, &replies_, &topic_replies_, &group_replies_, &end_replies_}) queue->reset();
}

void Consumer::subscribe() {
  const PartitionList topics(rd_kafka_topic_partition_list_new(1));
  for (const std::string& topic : options_.topics) rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (!options_.topics_regex.empty()) {
    // librdkafka takes a leading ^ for a pattern and searches with it; Connect's pattern has to match the whole name.
    const std::string pattern = fmt::format("^({})$", options_.topics_regex);
    rd_kafka_topic_partition_list_add(topics.get(), pattern.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (const auto error = rd_kafka_subscribe(client_, topics.get()))
    throw std::runtime_error(fmt::format("{}: the topics cannot be subscribed to: {}", options_.name, rd_kafka_err2str(error)));
}

// ---- the assignment ---------------------------------------------------------------------------------------------------

std::optional<AssignmentChange> Consumer::take_change() {
  renew_if_needed();
  std::lock_guard lock(mutex_);
  if (changes_.empty()) return std::nullopt;
  AssignmentChange change = std::move(changes_.front());
  changes_.pop_front();
  return change;
}

Outcome Consumer::look_up(std::span<const AssignmentChange::Partition> partitions, std::vector<PartitionStart>& starts) {
  std::vector<TopicPartition> names;
  for (const auto& p : partitions) names.push_back(p.name);
  Outcome outcome = kafka::look_up(client_, names, options_.offset_reset, starts);
  if (outcome.ok()) {
    std::lock_guard lock(mutex_);
    for (size_t i = 0; i < names.size(); ++i)
      if (starts[i].topic_id != TopicId{}) ids_[names[i].topic] = starts[i].topic_id;
  }
  if (outcome.ok() && !cluster_told_ && options_.cluster_id) {
    if (char* id = rd_kafka_clusterid(client_, 100)) {
      options_.cluster_id(id);
      rd_kafka_mem_free(client_, id);
      cluster_told_ = true;
    }
  }
  return outcome;
}

Outcome Consumer::begin(std::span<const PartitionPosition> positions) {
  std::lock_guard lock(mutex_);
  std::vector<PartitionPosition> fresh, again;
  for (const PartitionPosition& position : positions) {
    const auto at = entries_.find(position.handle);
    if (at == entries_.end()) continue;  // gone meanwhile; the change is on its way to the task
    (at->second.answered ? again : fresh).push_back(position);
  }
  if (!again.empty()) {
    const PartitionList list = to_list(again);
    if (const Error error{rd_kafka_incremental_unassign(client_, list.get())})
      return Outcome::retry(fmt::format("the Kafka client to let go of a position: {}", rd_kafka_error_string(error.get())));
    wait_until_stopped();
  }
  for (const PartitionPosition& position : positions)
    if (const auto at = entries_.find(position.handle); at != entries_.end()) forward(at->second);
  for (auto* part : {&again, &fresh}) {
    if (part->empty()) continue;
    const PartitionList list = to_list(*part);
    if (const Error error{rd_kafka_incremental_assign(client_, list.get())}) {
      for (const PartitionPosition& position : *part) entries_.at(position.handle).answered = false;
      return Outcome::retry(fmt::format("the Kafka client to take a position: {}", rd_kafka_error_string(error.get())));
    }
    for (const PartitionPosition& position : *part) {
      entries_.at(position.handle).answered = true;
      std::erase(unanswered_, position.handle);
    }
  }
  return Outcome::good();
}

// Unassigning only asks the client's main thread to stop the partitions, and the stop takes their queues' forwarding away. A
// question that the same thread answers comes after it: else forward() would be undone and the records never arrive.
void Consumer::wait_until_stopped() {
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (!rd_kafka_assignment(client_, &assigned)) PartitionList{assigned};
}

// Before assigning, always: a queue that the application has forwarded keeps its destination, while one that is forwarded
// later has already been tied to the consumer queue and may have leaked messages into it (librdkafka #3231).
void Consumer::forward(Entry& entry) {
  if (!entry.queue) entry.queue.reset(rd_kafka_queue_get_partition(client_, entry.name.topic.c_str(), entry.name.partition));
  if (entry.queue) rd_kafka_queue_forward(entry.queue.get(), records_.get());
}

void Consumer::release(const AssignmentChange& change) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(change.partitions.size())));
  bool ours = false;
  std::lock_guard lock(mutex_);
  for (const auto& p : change.partitions) {
    const auto at = entries_.find(p.handle);
    if (at == entries_.end()) continue;  // the control thread lost patience and answered
    if (at->second.queue) rd_kafka_queue_forward(at->second.queue.get(), nullptr);
    if (at->second.answered) rd_kafka_topic_partition_list_add(list.get(), p.name.topic.c_str(), p.name.partition);
    forget(p.handle);
    ours = true;
  }
  if (!ours) return;  // answered without us; what goes now is another revocation's
  going_.reset();
  SLUICE_FAILPOINT("revoke.before_unassign");
  unassign(list.get());
  SLUICE_FAILPOINT("revoke.unassigned");
}

// Also what nobody takes wants an answer: a client whose gift was never answered does not end.
void Consumer::forget(PartitionHandle handle) {
  entries_.erase(handle);
  forbidden_.erase(handle);
  show_forbidden();
  if (std::erase(unanswered_, handle) == 0 || !unanswered_.empty()) return;
  const PartitionList none(rd_kafka_topic_partition_list_new(0));
  Error(rd_kafka_incremental_assign(client_, none.get()));
}

PartitionHandle Consumer::handle_of(const TopicPartition& name) const {
  for (const auto& [handle, entry] : entries_)
    if (entry.name == name) return handle;
  return 0;
}

PartitionList Consumer::to_list(std::span<const PartitionPosition> positions) const {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const PartitionPosition& position : positions) {
    const auto entry = entries_.find(position.handle);
    if (entry == entries_.end()) continue;
    auto* added = rd_kafka_topic_partition_list_add(list.get(), entry->second.name.topic.c_str(), entry->second.name.partition);
    added->offset = position.next_offset;
    if (position.leader_epoch >= 0) rd_kafka_topic_partition_set_leader_epoch(added, position.leader_epoch);
    if (position.written) {
      added->metadata = strdup(kWrittenMark);  // the list frees it
      added->metadata_size = std::strlen(kWrittenMark);
    }
  }
  return list;
}

// ---- records ----------------------------------------------------------------------------------------------------------

void Consumer::fetch(const FetchLimits& limits, Fetched& into) {
  struct Known {
    const rd_kafka_topic_t* topic;
    int32_t partition;
    PartitionHandle handle;
  };
  std::vector<Known> known;  // looked up once a fetch and partition
  const auto handle_for = [&](const rd_kafka_message_t& message) {
    for (const Known& k : known)
      if (k.topic == message.rkt && k.partition == message.partition) return k.handle;
    std::lock_guard lock(mutex_);
    const PartitionHandle handle = handle_of({rd_kafka_topic_name(message.rkt), message.partition});
    known.push_back({message.rkt, message.partition, handle});
    return handle;
  };

  ask_again_for_forbidden();
  {
    std::lock_guard lock(mutex_);
    if (!too_large_.empty()) into.events.push_back({PartitionEvent::Kind::too_large, 0, -1, std::exchange(too_large_, "")});
  }
  const auto deadline = std::chrono::steady_clock::now() + limits.wait + limits.linger;
  uint64_t bytes = 0;
  auto patience = limits.wait;
  // The first call waits for one record, since a call for many would wait for all of them.
  size_t want = 1;
  while (into.records.size() < limits.records && bytes < limits.bytes) {
    const ssize_t got = rd_kafka_consume_batch_queue(records_.get(), static_cast<int>(patience.count()), messages_.data(), want);
    if (got <= 0) break;
    for (ssize_t i = 0; i < got; ++i) {
      rd_kafka_message_t* message = messages_[static_cast<size_t>(i)];
      bytes += message->len + message->key_len;
      convert(message, message->rkt ? handle_for(*message) : 0, into);
    }
    want = std::min(kFetchChunk, limits.records - into.records.size());
    patience = limits.linger;
    if (limits.linger.count() > 0 && std::chrono::steady_clock::now() >= deadline) break;
  }
}

void Consumer::convert(rd_kafka_message_t* message, PartitionHandle handle, Fetched& into) {
  Message memory(message);
  if (handle == 0) return;  // of a partition that has gone
  const bool forbidden = message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  if (forbidden || !forbidden_.empty()) set_permission(handle, forbidden ? printable(rd_kafka_message_errstr(message), 300) : "");
  if (forbidden) return;  // the client goes on asking
  switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      into.events.push_back({PartitionEvent::Kind::end_reached, handle, message->offset, {}});
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      into.events.push_back({PartitionEvent::Kind::out_of_range, handle, -1, {}});
      return;
    case RD_KAFKA_RESP_ERR__LOG_TRUNCATION:
      into.events.push_back({PartitionEvent::Kind::truncated, handle, -1, rd_kafka_message_errstr(message)});
      return;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:  // a codec or format that this client lacks
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
      into.events.push_back({PartitionEvent::Kind::unreadable, handle, -1, printable(rd_kafka_message_errstr(message), 300)});
      return;
    default:
      kafka_log().warn("Kafka: {}", rd_kafka_message_errstr(message));
      return;  // the client goes on trying
  }
  Record record = to_record(std::move(memory), options_.wants_headers);
  record.partition = handle;
  into.records.push_back(std::move(record));
}

void Consumer::set_permission(PartitionHandle handle, const std::string& lacking) {
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(handle);
  if (lacking.empty() || entry == entries_.end()) forbidden_.erase(handle);
  else forbidden_[handle] = fmt::format("permission to read {}: {}; grant it to sluice's Kafka user", entry->second.name.text(), lacking);
  show_forbidden();
}

// The client goes on asking, but that it may read again shows in the next record only, which may be a long time coming. One that begins
// anew is told where the log ends.
void Consumer::ask_again_for_forbidden() {
  const auto now = std::chrono::steady_clock::now();
  if (forbidden_.empty() || now < forbidden_asked_at_ + kRenewInterval) return;
  forbidden_asked_at_ = now;
  AssignmentChange change{AssignmentChange::Kind::reread, {}};
  std::lock_guard lock(mutex_);
  std::erase_if(forbidden_, [&](const auto& each) { return !entries_.contains(each.first); });
  for (const auto& [handle, lacking] : forbidden_) change.partitions.push_back({handle, entries_.at(handle).name});
  show_forbidden();
  if (!change.partitions.empty()) post(std::move(change));
}

void Consumer::show_forbidden() { partition_permission_ = forbidden_.empty() ? "" : forbidden_.begin()->second; }

// ---- commits ----------------------------------------------------------------------------------------------------------

void Consumer::commit(std::span<const PartitionPosition> positions, Commit how) {
  SLUICE_FAILPOINT_OR("commit.asked", return);
  if (how == Commit::now && !no_broker()) {  // with no broker up nobody would answer
    if (const auto error = commit_and_wait(positions))
      kafka_log().debug("the commit for lag tools failed: {}", rd_kafka_err2str(error));
    SLUICE_FAILPOINT("commit.done");
    return;
  }
  if (const PartitionList list = to_commit(positions); list->cnt > 0) rd_kafka_commit(client_, list.get(), 1);
  SLUICE_FAILPOINT("commit.done");
}

// Nothing of what was lost: the member that it would be sent for is no more, and may be fenced by the one that it has become.
PartitionList Consumer::to_commit(std::span<const PartitionPosition> positions) const {
  std::lock_guard lock(mutex_);
  std::vector<PartitionPosition> held(positions.begin(), positions.end());
  std::erase_if(held, [&](const PartitionPosition& position) { return !holds(position.handle); });
  return to_list(held);
}

rd_kafka_resp_err_t Consumer::commit_and_wait(std::span<const PartitionPosition> positions) {
  const PartitionList list = to_commit(positions);
  if (list->cnt == 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
  while (Event(rd_kafka_queue_poll(replies_.get(), 0))) {  // answers to commits that were given up on
  }
  if (const auto error = rd_kafka_commit_queue(client_, list.get(), replies_.get(), nullptr, nullptr)) return error;
  const Event reply(rd_kafka_queue_poll(replies_.get(), static_cast<int>(kCommitLimit.count())));
  return reply ? rd_kafka_event_error(reply.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
}

Outcome Consumer::confirm_membership(std::span<const PartitionPosition> positions) {
  const auto error = commit_and_wait(positions);
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      // The member may have lost them and joined anew while this was asked: it commits again then, whatever it holds.
      return holds(positions) ? Outcome::good() : Outcome::retry("the consumer group to settle: partitions were lost meanwhile");
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
      return Outcome::retry(fmt::format("the consumer group to settle: {}", rd_kafka_err2str(error)));
    default:
      return Outcome::retry(fmt::format("Kafka to confirm the group membership: {}", rd_kafka_err2str(error)));
  }
}

bool Consumer::holds(std::span<const PartitionPosition> positions) const {
  std::lock_guard lock(mutex_);
  return std::ranges::all_of(positions, [&](const PartitionPosition& position) { return holds(position.handle); });
}

bool Consumer::holds(PartitionHandle handle) const {
  return entries_.contains(handle) && std::ranges::none_of(changes_, [&](const AssignmentChange& change) {
    return change.kind == AssignmentChange::Kind::lost &&
           std::ranges::any_of(change.partitions, [&](const auto& partition) { return partition.handle == handle; });
  });
}

// ---- waiting and closing ----------------------------------------------------------------------------------------------

void Consumer::wait(milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return woken_ || !changes_.empty(); });
  woken_ = false;
}

void Consumer::wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
  if (records_) rd_kafka_queue_yield(records_.get());
}

std::string Consumer::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_.empty() ? topic_trouble_ : trouble_;
}

std::string Consumer::blocked() const {
  std::lock_guard lock(mutex_);
  if (!refusal_.empty()) return refusal_;
  return permission_.empty() ? partition_permission_ : permission_;
}

bool Consumer::no_broker() const {
  std::lock_guard lock(mutex_);
  return !trouble_.empty() || !refusal_.empty();
}

std::string Consumer::fatal() const {
  std::lock_guard lock(mutex_);
  return fatal_;
}

// What came with the last fetch, which is new while something is fetched; and what the broker was asked for, for while nothing is.
int64_t Consumer::end_of(const TopicPartition& partition) const {
  std::lock_guard lock(ends_mutex_);
  if (client_ends_) return -1;
  int64_t low = -1, high = -1;
  rd_kafka_get_watermark_offsets(client_, partition.topic.c_str(), partition.partition, &low, &high);
  const auto asked = ends_.find(partition);
  return std::max({asked == ends_.end() ? int64_t{-1} : asked->second, high, int64_t{-1}});
}

std::chrono::milliseconds Consumer::silent_for() const {
  if (closing_) return {};
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - polled_at_.load());
}

void Consumer::close(bool leave_group) {
  closed_ = true;
  end_client(leave_group);
}

void Consumer::end_client(bool leave_group) {
  let_go_of_client();
  if (leave_group && !kafka::leave_group(client_, std::move(events_), !no_broker())) {
    kafka_log().warn("the Kafka client did not leave its group in time and was abandoned; the group waits for session.timeout.ms");
    return;
  }
  events_.reset();
  free_client(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE, options_.name);
}

}  // namespace sluice::kafka
