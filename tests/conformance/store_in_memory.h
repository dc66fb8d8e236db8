// The fake of the store and of the sink over it, on a clock that waiting turns.
#pragma once
#include <list>

#include "conformance/store.h"
#include "fakes/fake_postgres.h"
#include "fakes/fake_postgres_sink.h"
#include "fakes/manual_clock.h"
#include "sim/fiber.h"

namespace sluice::conformance {

class StoreInMemory : public Store, public Surroundings {
 public:
  std::unique_ptr<Sink> make_sink(Rejects& rejects) override;
  std::optional<Stored> stored(const TopicPartition& name) override;
  std::vector<int64_t> rows(const TopicPartition& name) override;
  Outcome alter(const TopicPartition& name, const TopicId& id, std::optional<int64_t> next_offset) override;
  std::shared_ptr<void> hold(const TopicPartition& name) override;
  void overwrite(const TopicPartition& name, int64_t next_offset) override;
  std::unique_ptr<Paused> pause(Call call, Step step) override;
  std::unique_ptr<Paused> slow_down(Call call, const TopicPartition& name) override;
  void lose_connection(Step step) override { lose(step, false); }
  void cut_cable(Step step) override { lose(step, true); }
  bool is_lost() const override { return !loses_at_; }
  void end_session_of_owner(const TopicPartition& name) override;
  void remember() override { remembered_ = server_.commits(); }
  void go_back() override { server_.fail_over(remembered_); }
  milliseconds now() override;
  void wait(milliseconds time) override;
  void meanwhile(milliseconds after, std::function<void()> what) override;
  void age_claims(seconds by) override { server_.pass_time_of_claims(by); }

 private:
  class PausedFiber;
  struct Event {
    Clock::Time at;
    std::function<void()> what;
  };
  void at(Point point) override;
  std::optional<DatabaseFault> database_fault(Point point) override;
  std::unique_ptr<Paused> pause_at(Call call, Point point);
  void lose(Step step, bool unnoticed);
  void pass(milliseconds time);

  ManualClock clock_;
  FakePostgres server_{clock_};
  std::list<PausedFiber*> fibers_;
  std::list<Event> events_;
  std::optional<Point> pauses_at_, loses_at_;
  bool took_effect_ = false, unnoticed_ = false;
  size_t remembered_ = 0;
};

}  // namespace sluice::conformance
