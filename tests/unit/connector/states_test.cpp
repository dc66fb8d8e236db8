// What is shown of a connector: states, traces, conditions.
#include <doctest/doctest.h>
#include "connector/fleet.h"
#include "unit/connector/fake_backend.h"

using namespace sluice;
using namespace sluice::test;

namespace {

struct Fixture {
  FakeBackend backend;
  SteadyClock clock;
  Fleet fleet{backend, clock, ""};

  void runs(const std::string& name, int tasks = 1) {
    REQUIRE(fleet.create(name, sink_config(tasks), TargetState::running).kind == CommandResult::Kind::created);
    fleet.step();
  }
  ConnectorStatus status(const std::string& name) const { return fleet.connectors().at(name).status(); }
  std::string states(const std::string& name) const {
    const ConnectorStatus shown = status(name);
    std::string text = to_text(shown.state);
    for (const TaskStatus& task : shown.tasks) text += std::string(" ") + to_text(task.state);
    return text;
  }
};

}  // namespace

TEST_CASE("connector states: each report of a task becomes a word of Connect's") {
  struct Case { std::string name; TaskReport report; std::string states; };
  using S = TaskReport::State;
  const Case cases[] = {
      {"starting",              {S::starting, "", ""},                    "UNASSIGNED UNASSIGNED"},
      {"starting, but waits",   {S::starting, "", "waiting for Kafka"},   "RUNNING RUNNING"},
      {"running",               {S::running, "", ""},                     "RUNNING RUNNING"},
      {"running, but waits",    {S::running, "", "blocked: no table"},    "RUNNING RUNNING"},
      {"paused",                {S::paused, "", ""},                      "RUNNING PAUSED"},
      {"failed",                {S::failed, "no such topic", ""},         "FAILED FAILED"},
      {"failed without reason", {S::failed, "", ""},                      "FAILED FAILED"},
      {"ended by itself",       {S::stopped, "", ""},                     "FAILED FAILED"},
  };
  struct OneReport : RunningTask {
    explicit OneReport(TaskReport what) : what_(std::move(what)) {}
    TaskReport report() const override { return what_; }
    TaskFigures figures() const override { return {}; }
    std::set<std::string> take_topics() override { return {}; }
    void set_paused(bool) override {}
    void request_stop(StopMode) override {}
    bool stopped() const override { return true; }
    TaskReport what_;
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Connector connector;
    connector.slots.emplace_back().task = std::make_unique<OneReport>(c.report);
    const ConnectorStatus status = connector.status();
    CHECK(std::string(to_text(status.state)) + " " + to_text(status.tasks[0].state) == c.states);
    CHECK((status.tasks[0].state == State::failed) == !status.tasks[0].trace.empty());
    CHECK(status.tasks[0].condition == c.report.condition);
    CHECK(status.condition == c.report.condition);
  }
}

TEST_CASE_FIXTURE(Fixture, "connector states: FAILED only when all tasks have failed, with the first one's trace") {
  runs("orders", 2);
  CHECK(states("orders") == "RUNNING RUNNING RUNNING");
  backend.task("orders", 1).fails("second");
  CHECK(states("orders") == "RUNNING RUNNING FAILED");
  CHECK(status("orders").trace.empty());
  backend.task("orders", 0).fails("first");
  CHECK(states("orders") == "FAILED FAILED FAILED");
  CHECK(status("orders").trace == "first");
}

TEST_CASE_FIXTURE(Fixture, "connector states: a waiting task stays RUNNING and the connector carries the first condition") {
  runs("orders", 3);
  backend.task("orders", 2).waits_for("blocked: no table");
  backend.task("orders", 1).waits_for("waiting for the database");
  CHECK(states("orders") == "RUNNING RUNNING RUNNING RUNNING");
  CHECK(status("orders").condition == "waiting for the database");
  CHECK(status("orders").tasks[2].condition == "blocked: no table");
}

TEST_CASE_FIXTURE(Fixture, "connector states: a failed task stays FAILED under a paused connector and after its resume") {
  runs("orders", 2);
  backend.task("orders", 0).fails("why");
  (void)fleet.set_target("orders", TargetState::paused);
  CHECK(states("orders") == "PAUSED FAILED PAUSED");
  (void)fleet.set_target("orders", TargetState::running);
  CHECK(states("orders") == "RUNNING FAILED RUNNING");
  CHECK(backend.started("orders").size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "stop: the connector is shown as it was until its tasks have left the group") {
  runs("orders", 2);
  backend.task("orders", 1).fails("why");
  backend.hold_ends();
  (void)fleet.set_target("orders", TargetState::stopped);
  fleet.step();
  CHECK(states("orders") == "RUNNING RUNNING FAILED");
  CHECK(fleet.connectors().at("orders").info().tasks.size() == 2);
  CHECK(backend.task("orders", 0).stop_mode() == StopMode::leave_group);

  backend.task("orders", 0).ends();
  fleet.step();
  CHECK(states("orders") == "RUNNING RUNNING FAILED");
  backend.task("orders", 1).ends();
  fleet.step();
  CHECK(states("orders") == "STOPPED");
  CHECK(fleet.connectors().at("orders").info().tasks.empty());
}

TEST_CASE_FIXTURE(Fixture, "pause: a connector created paused or paused while stopped has no tasks until its resume") {
  REQUIRE(fleet.create("orders", sink_config(2), TargetState::paused).kind == CommandResult::Kind::created);
  fleet.step();
  CHECK(states("orders") == "PAUSED");
  (void)fleet.set_target("orders", TargetState::stopped);
  (void)fleet.set_target("orders", TargetState::paused);
  fleet.step();
  CHECK(states("orders") == "PAUSED");
  CHECK(backend.started("orders").empty());
  (void)fleet.set_target("orders", TargetState::running);
  fleet.step();
  CHECK(states("orders") == "RUNNING RUNNING RUNNING");
}
