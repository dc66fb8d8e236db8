// What commands do to tasks: who is stopped how, who starts when.
#include <doctest/doctest.h>
#include "connector/fleet.h"
#include "unit/connector/fake_backend.h"
#include "unit/connector/log_capture.h"

using namespace sluice;
using namespace sluice::test;
using Kind = CommandResult::Kind;

namespace {

struct Fixture {
  FakeBackend backend;
  SteadyClock clock;
  Fleet fleet{backend, clock, ""};

  void runs(const std::string& name, int tasks = 1) {
    REQUIRE(fleet.create(name, sink_config(tasks), TargetState::running).kind == Kind::created);
    fleet.step();
    REQUIRE(backend.started(name).size() == static_cast<size_t>(tasks));
  }
  State state(const std::string& name) const { return fleet.connectors().at(name).status().state; }
  State task_state(const std::string& name, size_t index) const {
    return fleet.connectors().at(name).status().tasks.at(index).state;
  }
};

FlatConfig with(FlatConfig config, const std::string& key, const std::string& value) {
  config[key] = value;
  return config;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "create: the configuration is kept as sent, plus the name, and each task gets its number") {
  const CommandResult result = fleet.create("orders", sink_config(2), TargetState::running);
  CHECK(result.info->config == with(sink_config(2), "name", "orders"));
  CHECK(result.info->tasks.empty());
  fleet.step();
  REQUIRE(backend.started("orders").size() == 2);
  CHECK(backend.task("orders", 1).index == 1);
  CHECK(backend.task("orders", 1).count == 2);
  CHECK(fleet.connectors().at("orders").info().tasks == std::vector{0, 1});
}

TEST_CASE_FIXTURE(Fixture, "create: checks come in Connect's order - name against config, class, all settings, existence") {
  runs("orders");
  struct Case { std::string what; const char* name; FlatConfig config; Kind kind; const char* message; };
  const std::string tail = "\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`";
  const std::string head = "Connector configuration is invalid and contains the following ";
  const Case cases[] = {
      {"another name in the config, and all else wrong too", "orders", {{"name", "x"}}, Kind::invalid,
       "Connector name configuration (x) doesn't match connector name in the URL (orders)"},
      {"no class", "", {}, Kind::invalid, "Connector config contains no connector type"},
      {"unknown class, no topics", "", {{"connector.class", "Nope"}}, Kind::invalid,
       "Failed to find any class that implements Connector and which name matches Nope, available connectors are: example-file-sink"},
      {"no name", "", sink_config(), Kind::invalid, "1 error(s):\nInvalid value  for configuration name: String may not be empty"},
      {"blank name", " ", sink_config(), Kind::invalid, "1 error(s):\nInvalid value  for configuration name: String may not be empty"},
      {"control characters", "a\x01\x7f\xc2\x85", sink_config(), Kind::invalid,
       "1 error(s):\nInvalid value a\x01\x7f\xc2\x85 for configuration name: String may not contain control sequences but had the "
       "following ASCII chars: 1, 127, 133"},
      {"a folder's name", "..", sink_config(), Kind::invalid,
       "1 error(s):\nInvalid value .. for configuration name: it has a meaning of its own in a URL"},
      {"two errors, for a name that exists", "orders", {{"connector.class", "FileStreamSink"}, {"tasks.max", "0"}}, Kind::invalid,
       "2 error(s):\nMust configure one of topics or topics.regex\nInvalid value 0 for configuration tasks.max: Value must be at least 1"},
      {"exists", "orders", sink_config(), Kind::exists, "Connector orders already exists"},
      {"odd but allowed", "a b/\xc3\xbc%", sink_config(), Kind::created, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const CommandResult result = fleet.create(c.name, c.config, TargetState::running);
    CHECK(result.kind == c.kind);
    const std::string message = c.message;
    CHECK(result.message == (message.find("error(s)") == std::string::npos ? message : head + message + tail));
  }
}

TEST_CASE_FIXTURE(Fixture, "delete: gone at once, and the same name made again waits for the old tasks to end") {
  runs("orders");
  backend.hold_ends();
  CHECK(fleet.remove("orders").kind == Kind::done);
  CHECK(fleet.connectors().empty());
  CHECK(fleet.remove("orders").message == "Connector orders not found");
  FakeTask& old = backend.task("orders");
  CHECK(old.stop_mode() == StopMode::leave_group);

  CHECK(fleet.create("orders", sink_config(), TargetState::running).kind == Kind::created);
  fleet.step();
  CHECK(backend.started("orders").size() == 1);
  CHECK(state("orders") == State::unassigned);
  CHECK(!old.destroyed());

  old.ends();
  fleet.step();
  CHECK(old.destroyed());
  CHECK(backend.started("orders").size() == 2);
  CHECK(state("orders") == State::running);
}

TEST_CASE_FIXTURE(Fixture, "delete: a task that was ending for a restart is told to leave the group after all") {
  runs("orders");
  backend.hold_ends();
  (void)fleet.restart_task("orders", 0);
  CHECK(backend.task("orders").stop_mode() == StopMode::keep_membership);
  (void)fleet.remove("orders");
  CHECK(backend.task("orders").stop_mode() == StopMode::leave_group);
}

TEST_CASE_FIXTURE(Fixture, "resume: before the stop is over, it waits for the old tasks") {
  runs("orders");
  backend.hold_ends();
  FakeTask& old = backend.task("orders");
  (void)fleet.set_target("orders", TargetState::stopped);
  (void)fleet.set_target("orders", TargetState::running);
  fleet.step();
  CHECK(state("orders") == State::unassigned);
  old.ends();
  fleet.step();
  CHECK(state("orders") == State::running);
  CHECK(backend.started("orders").size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "pause and resume: reach the tasks, stop none, and repeat without effect") {
  runs("orders", 2);
  (void)fleet.set_target("orders", TargetState::paused);
  (void)fleet.set_target("orders", TargetState::paused);
  CHECK(backend.task("orders", 1).paused());
  CHECK(state("orders") == State::paused);
  (void)fleet.set_target("orders", TargetState::running);
  CHECK(!backend.task("orders", 1).paused());
  CHECK(!backend.task("orders", 1).stop_mode());
  CHECK(fleet.set_target("nope", TargetState::paused).message == "Unknown connector nope");
}

TEST_CASE_FIXTURE(Fixture, "restart: which tasks each pair of flags restarts, and what the answer shows") {
  struct Case { bool include_tasks, only_failed, all_failed; State shown; std::vector<State> tasks; std::vector<int> restarted; };
  using enum State;
  const Case cases[] = {
      {false, false, false, restarting, {failed, running}, {}},
      {true, false, false, restarting, {restarting, restarting}, {0, 1}},
      {true, true, false, running, {restarting, running}, {0}},
      {true, true, true, restarting, {restarting, restarting}, {0, 1}},
      {false, true, false, running, {failed, running}, {}},
      {false, true, true, failed, {failed, failed}, {}},
  };
  for (size_t i = 0; i < std::size(cases); ++i) {
    CAPTURE(i);
    const Case& c = cases[i];
    const std::string name = "orders" + std::to_string(i);
    runs(name, 2);
    backend.task(name, 0).fails("why");
    if (c.all_failed) backend.task(name, 1).fails("why");
    const CommandResult result = fleet.restart(name, c.include_tasks, c.only_failed);
    CHECK(result.status->state == c.shown);
    CHECK(std::vector{result.status->tasks[0].state, result.status->tasks[1].state} == c.tasks);
    CHECK(result.status->tasks[0].trace == "why");

    fleet.step();
    for (const int index : c.restarted) CHECK(task_state(name, static_cast<size_t>(index)) == running);
    CHECK(backend.started(name).size() == 2 + c.restarted.size());
  }
  CHECK(fleet.restart("nope", true, false).message == "Unknown connector: nope");
}

TEST_CASE_FIXTURE(Fixture, "restart: a paused connector stays paused, a stopped one stays stopped") {
  runs("orders");
  (void)fleet.set_target("orders", TargetState::paused);
  CHECK(fleet.restart("orders", true, false).status->tasks[0].state == State::restarting);
  fleet.step();
  CHECK(state("orders") == State::paused);
  CHECK(backend.task("orders").paused());
  (void)fleet.set_target("orders", TargetState::stopped);
  fleet.step();
  const CommandResult result = fleet.restart("orders", true, false);
  CHECK(result.status->state == State::restarting);
  CHECK(result.status->tasks.empty());
  fleet.step();
  CHECK(state("orders") == State::stopped);
  CHECK(backend.started("orders").size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "task restart: keeps its membership, waits for its own end only, and a hung sibling does not matter") {
  runs("orders", 2);
  backend.hold_ends();
  FakeTask &hung = backend.task("orders", 0), &other = backend.task("orders", 1);
  CHECK(fleet.restart_task("orders", 0).kind == Kind::done);
  CHECK(fleet.restart_task("orders", 1).kind == Kind::done);
  CHECK(other.stop_mode() == StopMode::keep_membership);
  other.ends();
  fleet.step();
  CHECK(task_state("orders", 0) == State::restarting);
  CHECK(task_state("orders", 1) == State::running);
  CHECK(fleet.restart_task("orders", 0).kind == Kind::done);  // again, while it is under way
  hung.ends();
  fleet.step();
  CHECK(task_state("orders", 0) == State::running);
  CHECK(backend.started("orders").size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "task restart: unknown connectors and tasks, also those of a stopped connector") {
  runs("orders");
  CHECK(fleet.restart_task("nope", 0).message == "Unknown connector: nope");
  CHECK(fleet.restart_task("orders", 1).message == "Unknown task: orders-1");
  CHECK(fleet.restart_task("orders", -1).message == "Unknown task: orders--1");
  (void)fleet.set_target("orders", TargetState::stopped);
  CHECK(fleet.restart_task("orders", 0).message == "Unknown task: orders-0");
}

TEST_CASE_FIXTURE(Fixture, "put config: an identical one restarts nothing, whether it names the connector or not") {
  runs("orders");
  CHECK(fleet.put_config("orders", sink_config()).kind == Kind::done);
  CHECK(fleet.put_config("orders", with(sink_config(), "name", "orders")).kind == Kind::done);
  fleet.step();
  CHECK(backend.started("orders").size() == 1);
  CHECK(!backend.task("orders").stop_mode());
}

TEST_CASE_FIXTURE(Fixture, "put config: new settings start when all old tasks have ended, and tasks that go for good leave the group") {
  runs("orders", 2);
  backend.hold_ends();
  FakeTask &stays = backend.task("orders", 0), &goes = backend.task("orders", 1);
  const CommandResult result = fleet.put_config("orders", with(sink_config(1), "file", "/tmp/x"));
  CHECK(result.kind == Kind::done);
  CHECK(result.info->tasks == std::vector{0});
  CHECK(stays.stop_mode() == StopMode::keep_membership);
  CHECK(goes.stop_mode() == StopMode::leave_group);
  stays.ends();
  fleet.step();
  CHECK(state("orders") == State::restarting);
  CHECK(backend.started("orders").size() == 2);
  goes.ends();
  fleet.step();
  CHECK(backend.started("orders").size() == 3);
  CHECK(backend.task("orders").config.at("file") == "/tmp/x");
}

TEST_CASE_FIXTURE(Fixture, "put config: paused stays paused, stopped stays stopped, invalid changes nothing, unknown creates") {
  runs("orders");
  (void)fleet.set_target("orders", TargetState::paused);
  (void)fleet.put_config("orders", with(sink_config(), "x", "1"));
  fleet.step();
  CHECK(state("orders") == State::paused);
  CHECK(backend.task("orders").paused());
  (void)fleet.set_target("orders", TargetState::stopped);
  (void)fleet.put_config("orders", with(sink_config(), "x", "2"));
  fleet.step();
  CHECK(state("orders") == State::stopped);
  CHECK(fleet.put_config("orders", with(sink_config(), "tasks.max", "0")).kind == Kind::invalid);
  CHECK(fleet.connectors().at("orders").config.at("x") == "2");
  CHECK(fleet.put_config("new", sink_config()).kind == Kind::created);
}

TEST_CASE_FIXTURE(Fixture, "patch config: null removes, the name stays, and the result is checked as a whole") {
  runs("orders");
  CHECK(fleet.patch_config("orders", {{"x", "1"}, {"file", std::nullopt}, {"absent", std::nullopt}}).kind == Kind::done);
  CHECK(fleet.connectors().at("orders").config ==
        FlatConfig{{"connector.class", "FileStreamSink"}, {"tasks.max", "1"}, {"topics", "orders"}, {"name", "orders"}, {"x", "1"}});
  CHECK(fleet.patch_config("orders", {{"name", "other"}}).message ==
        "Connector name configuration (other) doesn't match connector name in the URL (orders)");
  CHECK(fleet.patch_config("orders", {{"name", std::nullopt}}).message.find(
            "Missing required configuration \"name\" which has no default value.") != std::string::npos);
  CHECK(fleet.patch_config("orders", {{"connector.class", std::nullopt}}).message == "Connector config contains no connector type");
  CHECK(fleet.patch_config("nope", {}).message == "Connector nope not found");
}

TEST_CASE("fleet: at the end all tasks are told to stop, keeping their membership, before the first is waited for") {
  FakeBackend backend;
  {
    const SteadyClock clock;
    Fleet fleet{backend, clock, ""};
    (void)fleet.create("orders", sink_config(2), TargetState::running);
    fleet.step();
  }
  for (const auto& task : backend.started("orders")) {
    CHECK(task->stop_mode() == StopMode::keep_membership);
    CHECK(task->destroyed());
  }
}
