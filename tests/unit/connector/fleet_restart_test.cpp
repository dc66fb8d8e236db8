// Failed is not for ever: which tasks start again by themselves, and when.
#include <doctest/doctest.h>
#include "connector/fleet.h"
#include "fakes/manual_clock.h"
#include "unit/connector/fake_backend.h"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

// restart.backoff.ms 1 s, restart.backoff.max.ms 8 s, restart.max 3.
struct Backoffs : FakeBackend {
  CheckedConfig check(const FlatConfig& config, ConfigOrigin origin) const override {
    CheckedConfig checked = FakeBackend::check(config, origin);
    checked.restart = {3, {1000ms, 8000ms}};
    return checked;
  }
};

struct Fixture {
  Backoffs backend;
  ManualClock clock;
  Fleet fleet{backend, clock, ""};

  Fixture() {
    (void)fleet.create("orders", sink_config(2), TargetState::running);
    fleet.step();
  }
  TaskStatus status(size_t task = 0) const { return fleet.connectors().at("orders").status().tasks.at(task); }
  size_t starts() const { return backend.started("orders").size(); }
  // How long until the failed task 0 is started again.
  std::chrono::milliseconds time_to_restart() {
    const size_t before = starts();
    for (auto waited = 0ms; waited <= 20s; waited += 100ms) {
      fleet.step();
      fleet.step();  // lets go of the old one, then starts the new one
      if (starts() > before) return waited;
      clock.advance(100ms);
    }
    return -1ms;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "restart: a task that time may mend is started again, ever later, and at most restart.max times in a row") {
  for (const auto& [least, most] : {std::pair(500ms, 1000ms), std::pair(1000ms, 2000ms), std::pair(2000ms, 4000ms)}) {
    backend.task("orders").fails_for_a_while("the broker is away");
    fleet.step();
    CHECK(status().state == State::failed);
    CHECK(status().trace.starts_with("the broker is away\nIt is started again by itself, "));
    const auto time = time_to_restart();
    CHECK(time >= least);
    CHECK(time <= most + 100ms);
    CHECK(status().state == State::running);
    CHECK(status().trace == "");
  }
  backend.task("orders").fails_for_a_while("the broker is away");
  CHECK(time_to_restart() == -1ms);
  CHECK(status().trace == "the broker is away\nIt was started again by itself 3 time(s) in a row, which is restart.max. Restart it once the reason is mended.");
  CHECK(status(1).state == State::running);  // its sibling was left alone
}

TEST_CASE_FIXTURE(Fixture, "restart: what only a person can mend stays failed") {
  backend.task("orders").fails("the range 5..9 is lost");
  CHECK(time_to_restart() == -1ms);
  CHECK(status().trace == "the range 5..9 is lost");
}

TEST_CASE_FIXTURE(Fixture, "restart: a task that ended although nobody asked it to is started again") {
  backend.task("orders").reports(TaskReport::State::stopped);
  CHECK(time_to_restart() > 0ms);
  CHECK(status().state == State::running);
}

TEST_CASE_FIXTURE(Fixture, "restart: one that has run well for a while counts from the start") {
  for (int i = 0; i < 10; ++i) {
    backend.task("orders").fails_for_a_while("the broker is away");
    const auto time = time_to_restart();
    CHECK(time > 0ms);
    CHECK(time <= 1100ms);
    clock.advance(17s);
    fleet.step();
  }
}

TEST_CASE_FIXTURE(Fixture, "restart: a person's restart does not wait for the back-off, and a stop ends it") {
  backend.task("orders").fails_for_a_while("the broker is away");
  fleet.step();
  (void)fleet.restart_task("orders", 0);
  fleet.step();
  CHECK(status().state == State::running);
  backend.task("orders").fails_for_a_while("the broker is away");
  fleet.step();
  const size_t before = starts();
  (void)fleet.set_target("orders", TargetState::stopped);
  clock.advance(20s);
  fleet.step();
  fleet.step();
  CHECK(starts() == before);
}
