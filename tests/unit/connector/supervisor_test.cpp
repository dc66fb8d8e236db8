// The thread around the fleet: what callers see and what they wait for.
#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <doctest/doctest.h>
#include "connector/supervisor.h"
#include "unit/connector/fake_backend.h"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

template <class Condition>
bool within(std::chrono::milliseconds time, Condition&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("supervisor: what a command did can be read as soon as it has answered") {
  FakeBackend backend;
  Supervisor supervisor(backend, "host:8083");
  CHECK(!supervisor.ready());
  supervisor.read_files();
  CHECK(supervisor.ready());

  (void)supervisor.create("orders", sink_config(2), TargetState::running);
  CHECK(supervisor.names() == std::vector<std::string>{"orders"});
  CHECK(supervisor.info("orders")->tasks == std::vector{0, 1});
  CHECK(supervisor.status("orders")->state == State::running);
  (void)supervisor.set_target("orders", TargetState::paused);
  CHECK(supervisor.status("orders")->state == State::paused);
  (void)supervisor.remove("orders");
  CHECK(supervisor.names().empty());
  CHECK(!supervisor.info("orders"));
  CHECK(!supervisor.status("orders"));
}

TEST_CASE("supervisor: a task that fails by itself is shown within a second, and is kept until a restart") {
  FakeBackend backend;
  Supervisor supervisor(backend, "host:8083");
  (void)supervisor.create("orders", sink_config(), TargetState::running);
  backend.task("orders").fails("no such table");
  CHECK(within(1s, [&] { return supervisor.status("orders")->state == State::failed; }));
  CHECK(supervisor.status("orders")->tasks[0].trace == "no such table");
  (void)supervisor.restart_task("orders", 0);
  CHECK(supervisor.status("orders")->state == State::running);
}

TEST_CASE("supervisor: however often somebody asks for figures, a task that fails is noticed") {
  FakeBackend backend;
  Supervisor supervisor(backend, "host:8083");
  (void)supervisor.create("orders", sink_config(), TargetState::running);
  std::atomic<bool> enough{false};
  const std::jthread asker([&] {
    while (!enough) CHECK(supervisor.figures().size() == 1);
  });
  backend.task("orders").fails("no such table");
  CHECK(within(1s, [&] { return supervisor.status("orders")->state == State::failed; }));
  enough = true;
}

TEST_CASE("supervisor: a stop answers before the tasks have ended, and their end is noticed") {
  FakeBackend backend;
  Supervisor supervisor(backend, "host:8083");
  (void)supervisor.create("orders", sink_config(), TargetState::running);
  backend.hold_ends();
  CHECK(supervisor.set_target("orders", TargetState::stopped).kind == CommandResult::Kind::done);
  CHECK(supervisor.status("orders")->state == State::running);
  backend.task("orders").ends();
  CHECK(within(1s, [&] { return supervisor.status("orders")->state == State::stopped; }));
}

TEST_CASE("supervisor: reads go on while a command is being worked off") {
  FakeBackend backend;
  Supervisor supervisor(backend, "host:8083");
  (void)supervisor.create("orders", sink_config(), TargetState::running);
  backend.hold_starts(true);
  auto created = std::async(std::launch::async, [&] { return supervisor.create("slow", sink_config(), TargetState::running); });
  backend.wait_until_starting();
  CHECK(supervisor.names() == std::vector<std::string>{"orders"});
  CHECK(supervisor.status("orders")->state == State::running);
  backend.hold_starts(false);
  CHECK(created.get().kind == CommandResult::Kind::created);
  CHECK(supervisor.names().size() == 2);
}

TEST_CASE("supervisor: commands from many threads are worked off one by one") {
  FakeBackend backend;
  {
    Supervisor supervisor(backend, "host:8083");
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i)
      clients.emplace_back([&, name = "orders-" + std::to_string(i % 4)] {
        for (int round = 0; round < 20; ++round) {
          (void)supervisor.create(name, sink_config(), TargetState::running);
          (void)supervisor.set_target(name, TargetState::stopped);
          (void)supervisor.restart(name, true, false);
          (void)supervisor.status(name);
          (void)supervisor.remove(name);
        }
      });
    clients.clear();
    CHECK(supervisor.names().empty());
  }
  for (int i = 0; i < 4; ++i)
    for (const auto& task : backend.started("orders-" + std::to_string(i))) CHECK(task->destroyed());
}
