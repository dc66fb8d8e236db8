// task/record_source.h over librdkafka: one consumer a task.
//
// Two threads use it. `control`, its own, polls the consumer queue for events (rebalances, errors, logs, statistics) and
// never waits for the sink, so a slow put() costs no group membership. The work thread calls the RecordSource functions.
// All partitions are forwarded to one record queue that only the work thread reads: back-pressure is not reading, librdkafka
// then stops fetching at `queued.max.messages.kbytes`. No pause and resume.
//
// While the broker refuses our credentials or certificates the client is made anew now and then, with what the settings' references
// and files then hold. So it is where the client cannot go on by itself: fenced, and it may be by itself; without any broker that it knows; or
// in a group that has left partitions to nobody.
//
// A rebalance is answered by the work thread, once the sink has claimed or let go. If the claim takes longer than 10 s, the
// control thread answers for it and the new partitions are parked at the log's end, where nothing is fetched in vain.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kafka/handles.h"
#include "kafka/lookup.h"
#include "task/record_source.h"

namespace sluice::kafka {

struct ConsumerOptions {
  std::string name;                               // "orders-0", for messages
  std::map<std::string, std::string> properties;  // librdkafka's names: checked against the allow-list before
  // The same with references resolved anew, or throws std::runtime_error that says why not. Work thread; may be absent.
  std::function<std::map<std::string, std::string>()> properties_anew;
  std::string group_id;
  std::string instance_id;                        // <worker.id>-<connector>-<task>
  std::string worker_id;
  std::vector<std::string> topics;                // exactly one of topics and topics_regex
  std::string topics_regex;
  OffsetReset offset_reset = OffsetReset::earliest;
  bool wants_headers = false;
  uint64_t queue_bytes = uint64_t{16} << 20;      // what librdkafka may hold for this task, keys and values
  uint64_t fetch_bytes = uint64_t{8} << 20;       // what comes on top while a broker answers, however many partitions there are
  std::chrono::milliseconds revoke_grace{5000};
  std::function<void()> overdue;                  // the task lets a revocation wait past the grace
  std::function<void(const std::string&)> cluster_id;  // told once, when the cluster is known
};

using FileTimes = std::map<std::string, std::filesystem::file_time_type>;

class Consumer : public RecordSource {
 public:
  // Throws std::runtime_error with one sentence where librdkafka refuses a property.
  explicit Consumer(ConsumerOptions options);
  ~Consumer() override;

  std::optional<AssignmentChange> take_change() override;
  Outcome look_up(std::span<const AssignmentChange::Partition> partitions, std::vector<PartitionStart>& starts) override;
  Outcome begin(std::span<const PartitionPosition> positions) override;
  void release(const AssignmentChange& change) override;
  void fetch(const FetchLimits& limits, Fetched& into) override;
  void commit(std::span<const PartitionPosition> positions, Commit how) override;
  Outcome confirm_membership(std::span<const PartitionPosition> positions) override;
  void wait(std::chrono::milliseconds time) override;
  void wake() override;
  std::string trouble() const override;
  std::string blocked() const override;
  std::string fatal() const override;
  int64_t end_of(const TopicPartition& partition) const override;
  void give_up_membership() override { give_up_ = true; }
  std::chrono::milliseconds silent_for() const override;
  void close(bool leave_group) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  // Between two looks at what was refused: long enough that a broker is not bothered, short enough that nobody restarts by hand.
  static constexpr std::chrono::milliseconds kRenewInterval{10000};

  struct Entry {  // one partition that the group gave us
    TopicPartition name;
    Queue queue;              // its own, forwarded to records_
    bool answered = false;    // librdkafka has it in its assignment
    bool let_go = false;      // the task was told that it is lost, since there is to be a new client
  };

  rd_kafka_t* make_client(const std::map<std::string, std::string>& properties) const;
  rd_kafka_conf_t* make_conf(const std::map<std::string, std::string>& properties) const;
  void start(rd_kafka_t* client);
  void let_go_of_client();
  void end_client(bool leave_group);
  void subscribe();
  void renew_if_needed();
  void set_credentials(const std::map<std::string, std::string>& properties);
  bool all_let_go();

  // group_events.cpp, control thread.
  void control();
  void on_event(rd_kafka_event_t* event);
  void on_rebalance(rd_kafka_event_t* event);
  void on_gained(const rd_kafka_topic_partition_list_t* list);
  void on_going(const rd_kafka_topic_partition_list_t* list, bool lost);
  void on_error(rd_kafka_event_t* event);
  void on_statistics(const char* json);
  void abandon_client(const char* because);  // with mutex_ held
  bool is_a_twin_there();  // with mutex_ held, once a fence
  void refused(std::string why, const std::string& told = "");  // with mutex_ held
  void check_deadlines();
  void leave_if_given_up();
  void ask_another_broker();
  void check_topics();
  void check_topic_ids(rd_kafka_event_t* reply);
  void check_owners(rd_kafka_event_t* reply);
  void check_ends();
  void park_unanswered();  // with mutex_ held
  void forget(PartitionHandle handle);  // likewise
  void answer_all();
  void post(AssignmentChange change);  // with mutex_ held
  void unassign(const rd_kafka_topic_partition_list_t* list);

  bool no_broker() const;
  PartitionHandle handle_of(const TopicPartition& name) const;  // with mutex_ held; 0 = not ours
  PartitionList to_list(std::span<const PartitionPosition> positions) const;  // with mutex_ held
  void wait_until_stopped();
  void forward(Entry& entry);
  void convert(rd_kafka_message_t* message, PartitionHandle handle, Fetched& into);
  void set_permission(PartitionHandle handle, const std::string& lacking);
  void ask_again_for_forbidden();
  void show_forbidden();   // with mutex_ held
  bool holds(std::span<const PartitionPosition> positions) const;  // and has not lost them without the task's knowing
  bool holds(PartitionHandle handle) const;                        // with mutex_ held
  PartitionList to_commit(std::span<const PartitionPosition> positions) const;
  rd_kafka_resp_err_t commit_and_wait(std::span<const PartitionPosition> positions);

  // Fixed after construction.
  const ConsumerOptions options_;

  // Changed by the work thread, and only while there is no control thread. end_of(), any thread, looks at client_ with ends_mutex_ held
  // and unless client_ends_, wake() at records_ with mutex_ held.
  rd_kafka_t* client_ = nullptr;
  Queue events_;   // the consumer queue; control thread, and the work thread when that has ended
  Queue records_;  // work thread
  Queue replies_;  // of commits that are waited for; work thread
  Queue topic_replies_, group_replies_, end_replies_;  // control thread

  // Control thread only; between two clients the work thread's.
  Time topics_asked_at_{}, ends_asked_at_{}, brokers_asked_at_{};
  bool left_ = false;
  int32_t coordinator_ = -1;             // of the group; -1: not known
  bool group_is_due_ = false;            // to be asked who has its partitions
  std::set<TopicPartition> partitions_;  // of the topics of which we have some
  std::set<TopicPartition> unowned_;     // of these, when the group was looked at last
  Time left_for_them_at_{};

  // Work thread only.
  std::vector<rd_kafka_message_t*> messages_;
  bool cluster_told_ = false;
  std::map<PartitionHandle, std::string> forbidden_;  // which the broker does not let us read, and what it says
  Time forbidden_asked_at_{};
  FileTimes files_;                          // that the client was made with
  bool letting_go_ = false;                  // of the client: a new one has to be made, whatever is heard meanwhile

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<PartitionHandle, Entry> entries_;
  PartitionHandle next_handle_ = 1;
  TopicIds ids_;  // of the topics that were looked up, as far as the broker tells
  std::deque<AssignmentChange> changes_;
  bool woken_ = false;
  std::vector<PartitionHandle> unanswered_;  // of the last assignment: librdkafka waits for our answer
  Time unanswered_since_{};
  PartitionList going_;                      // of the last revocation, until released
  Time going_since_{};
  bool overdue_called_ = false;
  std::string too_large_;                    // what the client said of an answer that it did not take, until the task is told
  std::string broker_error_;                 // the last one, shown when no broker is up
  std::string trouble_;
  std::string topic_trouble_;
  std::string refusal_, refused_by_;         // credentials or certificates; the broker, as the statistics name it
  bool any_up_ = false;                      // some broker accepts us
  Time renew_at_{};                          // not before
  bool abandoned_ = false;                   // the client is of no use any more: there is to be a new one
  bool leave_first_ = false;                 // and its membership has to end, so that the group shares out anew
  int without_brokers_ = 0;                  // statistics in a row that named no broker
  std::vector<Time> fenced_at_;              // the last times, whichever client it was
  std::string permission_, partition_permission_;  // that the group or a topic lacks; that a partition lacks which is ours
  std::string fatal_;

  // Not mutex_, which is held while the client is waited for.
  mutable std::mutex ends_mutex_;
  std::map<TopicPartition, int64_t> ends_;   // guarded by ends_mutex_: of logs, as the broker said when it was asked last
  bool client_ends_ = false;                 // guarded by ends_mutex_

  std::atomic<Time> polled_at_{std::chrono::steady_clock::now()};
  std::atomic<bool> give_up_{false};
  std::atomic<bool> closing_{false};
  bool closed_ = false;                      // work thread
  std::thread control_;
};

}  // namespace sluice::kafka
