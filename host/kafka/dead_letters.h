// task/dead_letters.h over librdkafka: an idempotent producer that waits for every acknowledgement. One a task, made for its first
// bad record; called on one thread at a time (Rejects sees to it).
//
// A client that failed is thrown away together with what it still held: what it would deliver later is sent anew by the next call,
// since the dead-letter topic is at least once. The next client is made with what the options are by then: a password may have changed.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "kafka/handles.h"
#include "task/dead_letters.h"

namespace sluice::kafka {

struct DeadLetterOptions {
  std::string name;                                     // "orders-0", for messages
  std::string topic;
  int replication_factor = 3;                           // of a topic that has to be created
  std::map<std::string, std::string> properties;        // librdkafka's names, checked against the allow-list before
  std::map<std::string, std::string> admin_properties;  // of the client that creates the topic
};

class DeadLetterProducer : public DeadLetterQueue {
 public:
  // `options`: asked before each client is made, on the thread of send(). May throw std::runtime_error that says why there are none.
  explicit DeadLetterProducer(std::function<DeadLetterOptions()> options);
  ~DeadLetterProducer() override;

  Outcome send(std::span<DeadLetter> letters, const std::atomic<bool>& interrupted) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Trouble;   // the last thing that the client complained about; told by its own threads
  struct Settling;  // what became of the letters of one call

  Outcome make_client();
  void drop_client();
  rd_kafka_resp_err_t produce(DeadLetter& letter, uint64_t number);
  void settle(Settling& settling, std::chrono::milliseconds wait);
  Outcome explain(const Settling& settling) const;

  const std::function<DeadLetterOptions()> options_anew_;
  DeadLetterOptions options_;
  bool topic_is_there_ = false;
  std::shared_ptr<Trouble> trouble_;  // lives as long as the client
  rd_kafka_t* client_ = nullptr;
  Queue reports_;
  uint64_t next_number_ = 1;          // tells the reports of one call from those of an earlier one
};

}  // namespace sluice::kafka
