// One process of the simulation: the real SinkTask over the fakes, on a fiber that stands still wherever the schedule leaves it.
#pragma once
#include <memory>
#include <string>

#include "fakes/fake_kafka.h"
#include "fakes/fake_postgres_sink.h"
#include "fakes/surroundings.h"
#include "sim/fiber.h"
#include "task/sink_task.h"

namespace sluice::sim {

class World;

class Process : public Surroundings {
 public:
  Process(World& world, int host, int number);
  ~Process() override;

  void run();      // to the next point where it pauses, or its end
  void kill();     // without a word
  void control();  // its control thread's share
  void request_stop(bool leave_group);
  bool has_ended() const { return fiber_.has_ended(); }
  bool can_run() const { return !frozen && !has_ended(); }
  const std::string& name() const { return name_; }
  TaskReport report() const { return task_->report(); }
  void set_paused(bool paused) { task_->set_paused(paused); }
  void set_offline(bool is_offline);
  FakeConsumer& consumer() { return *consumer_; }
  void forget_faults();  // those that are planned

  const int host;        // two processes of one host have the same worker.id
  bool frozen = false;
  bool failure_seen = false;
  Point where = Point::step;
  std::optional<DatabaseFault> at_connect, at_statement, at_commit;  // what goes wrong there next
  int kafka_failures = 0;            // so many questions to Kafka fail
  Clock::Time stalled_until{};       // the database does not answer until then, or until the call is interrupted
  bool offline = false;

  // Surroundings
  void at(Point point) override;
  std::optional<DatabaseFault> database_fault(Point point) override;
  bool kafka_fails(Point point) override;
  void happened(const char* what) override;
  bool is_killed() const override { return killed_; }
  void kafka_took(const TopicPartition& partition, int64_t next_offset, bool written) override;
  bool tracing() const override;
  void note(const std::string& text) override;

 private:
  void live();
  SinkTaskOptions options() const;

  World& world_;
  const std::string name_;
  bool killed_ = false, stop_ = false, leave_group_ = false;
  std::unique_ptr<FakeConsumer> consumer_;
  std::unique_ptr<SinkTask> task_;
  Fiber fiber_;
};

}  // namespace sluice::sim
