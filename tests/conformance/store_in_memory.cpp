#include "conformance/store_in_memory.h"

#include <algorithm>
#include <stdexcept>

namespace sluice::conformance {
namespace {

constexpr milliseconds kTick{10};

Point point_of(Step step) {
  switch (step) {
    case Step::claimed: return Point::claimed;
    case Step::moved: return Point::cas_done;
    case Step::committing: return Point::commit;
    case Step::answering: break;
  }
  return Point::answer;
}

}  // namespace

// A call on a fiber of its own. While it waits for a lock it is resumed whenever time passes.
class StoreInMemory::PausedFiber : public Paused {
 public:
  PausedFiber(StoreInMemory& store, Call call) : store_(store), fiber_([this, call = std::move(call)] { outcome_ = call(); }) {
    store_.fibers_.push_back(this);
    fiber_.resume();
  }
  ~PausedFiber() override {
    (void)finish();
    store_.fibers_.remove(this);
  }
  void go_on() override {
    stands_ = false;
    if (!fiber_.has_ended()) fiber_.resume();
  }
  void go_on_to(Step step) override {
    store_.pauses_at_ = point_of(step);
    fiber_.resume();
    if (store_.pauses_at_) throw std::logic_error("the call never came to the step at which it was to pause");
  }
  Outcome finish() override {
    if (stands_) go_on();
    while (!fiber_.has_ended()) store_.pass(kTick);
    return outcome_;
  }
  void time_passed() {
    if (!stands_) go_on();
  }

 private:
  StoreInMemory& store_;
  bool stands_ = true;
  Outcome outcome_;
  sim::Fiber fiber_;
};

// ---- faults -----------------------------------------------------------------------------------------------------------

std::unique_ptr<Paused> StoreInMemory::pause(Call call, Step step) { return pause_at(std::move(call), point_of(step)); }

std::unique_ptr<Paused> StoreInMemory::slow_down(Call call, const TopicPartition& name) {
  auto slow = pause_at(std::move(call), Point::rows_done);
  server_.set_at_work(server_.holder(name));
  return slow;
}

std::unique_ptr<Paused> StoreInMemory::pause_at(Call call, Point point) {
  pauses_at_ = point;
  auto paused = std::make_unique<PausedFiber>(*this, std::move(call));
  if (pauses_at_) throw std::logic_error("the call never came to the step at which it was to pause");
  return paused;
}

void StoreInMemory::lose(Step step, bool unnoticed) {
  took_effect_ = step == Step::answering;
  loses_at_ = took_effect_ ? Point::commit : point_of(step);
  unnoticed_ = unnoticed;
}

void StoreInMemory::end_session_of_owner(const TopicPartition& name) { server_.disconnect(server_.position(name)->owner); }

void StoreInMemory::at(Point point) {
  if (point == Point::lock_wait) {
    if (sim::Fiber::is_inside()) sim::Fiber::pause();
    else pass(kTick);
  } else if (pauses_at_ == point && sim::Fiber::is_inside()) {
    pauses_at_.reset();
    sim::Fiber::pause();
  }
}

std::optional<DatabaseFault> StoreInMemory::database_fault(Point point) {
  if (loses_at_ != point) return {};
  loses_at_.reset();
  return DatabaseFault{"", true, took_effect_, unnoticed_};
}

// ---- time -------------------------------------------------------------------------------------------------------------

void StoreInMemory::pass(milliseconds time) {
  clock_.advance(time);
  for (auto event = events_.begin(); event != events_.end();) {
    if (event->at > clock_.now()) {
      ++event;
      continue;
    }
    const auto what = std::move(event->what);
    event = events_.erase(event);
    what();
  }
  for (PausedFiber* fiber : fibers_) fiber->time_passed();
  server_.tick();
}

milliseconds StoreInMemory::now() { return std::chrono::duration_cast<milliseconds>(clock_.now().time_since_epoch()); }

void StoreInMemory::wait(milliseconds time) {
  for (const milliseconds end = now() + time; now() < end;) pass(kTick);
}

void StoreInMemory::meanwhile(milliseconds after, std::function<void()> what) { events_.push_back({clock_.now() + after, std::move(what)}); }

// ---- what is stored ---------------------------------------------------------------------------------------------------

std::unique_ptr<Sink> StoreInMemory::make_sink(Rejects& rejects) {
  return std::make_unique<FakePostgresSink>(server_, *this, clock_, rejects, FakePostgresSink::Options{});
}

std::optional<Stored> StoreInMemory::stored(const TopicPartition& name) {
  const auto position = server_.position(name);
  if (!position) return {};
  Stored stored{position->next_offset, position->topic_id, position->leader_epoch, {}, position->epoch, position->group_gen,
                position->records_total, position->gaps_total, position->rejected_total};
  if (position->witness) stored.witness = Witness{position->witness->offset, position->witness->crc, position->witness->timestamp_ms};
  return stored;
}

std::vector<int64_t> StoreInMemory::rows(const TopicPartition& name) {
  std::vector<int64_t> offsets;
  for (const FakePostgres::Row& row : server_.rows(name)) offsets.push_back(row.offset);
  return offsets;
}

Outcome StoreInMemory::alter(const TopicPartition& name, const TopicId& id, std::optional<int64_t> next_offset) {
  const FakePostgres::Edit edit{name, id, next_offset};
  return server_.alter({&edit, 1}) ? Outcome::good() : Outcome::retry("a session that holds a row", "55P03");
}

std::shared_ptr<void> StoreInMemory::hold(const TopicPartition& name) {
  const FakePostgres::SessionId session = server_.connect();
  if (server_.lock(session, name) == FakePostgres::Lock::held_by_other) return nullptr;
  return {this, [session](StoreInMemory* store) { store->server_.disconnect(session); }};
}

void StoreInMemory::overwrite(const TopicPartition& name, int64_t next_offset) { server_.overwrite(name, next_offset); }

}  // namespace sluice::conformance
