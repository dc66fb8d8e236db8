// Paused and stopped survive the process.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <unordered_map>

#include "connector/fleet.h"
#include "unit/connector/fake_backend.h"
#include "unit/connector/log_capture.h"
#include "unit/connector/temporary_folder.h"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("state folder: a connector from a file is paused or stopped again after the process") {
  const TemporaryFolder folder;
  folder.write("connectors/orders.yaml", "name: orders\nconnector.class: FileStreamSink\ntopics: orders\n");
  const SteadyClock clock;
  for (const TargetState target : {TargetState::paused, TargetState::stopped, TargetState::running}) {
    {
      FakeBackend backend;
      Fleet fleet(backend, clock, folder.path / "connectors", folder.path / "state");
      fleet.read_files();
      (void)fleet.set_target("orders", target);
    }
    FakeBackend backend;
    Fleet fleet(backend, clock, folder.path / "connectors", folder.path / "state");
    fleet.read_files();
    CHECK(fleet.connectors().at("orders").target == target);
    CHECK(fleet.connectors().at("orders").slots.empty() == (target != TargetState::running));
  }
}

TEST_CASE("state folder: any name is one file, and a deleted connector leaves none") {
  const TemporaryFolder folder;
  const StateFolder states(folder.path / "state");
  for (const std::string& name : {std::string("../escape"), std::string("a/b"), std::string("ü"), std::string("."), std::string(250, '/'), std::string(251, '/')}) {
    states.keep_target(name, TargetState::stopped);
    CHECK(states.target(name) == TargetState::stopped);
  }
  CHECK(states.target("another") == TargetState::running);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);  // nothing beside the folder
  states.forget("a/b");
  CHECK(states.target("a/b") == TargetState::running);
}

TEST_CASE("state folder: a folder that cannot be written does not keep anybody from pausing") {
  const TemporaryFolder folder;
  std::ofstream(folder.path / "state") << "a file where the folder should be";
  FakeBackend backend;
  const SteadyClock clock;
  Fleet fleet(backend, clock, "", folder.path / "state");
  REQUIRE(fleet.create("c", sink_config(1), TargetState::running).kind == CommandResult::Kind::created);
  CHECK(fleet.set_target("c", TargetState::paused).kind == CommandResult::Kind::done);
  CHECK(fleet.connectors().at("c").target == TargetState::paused);
}

TEST_CASE("state folder: topics are kept over the process, and forgotten at a reset") {
  const TemporaryFolder folder;
  const SteadyClock clock;
  {
    FakeBackend backend;
    Fleet fleet(backend, clock, folder.path, folder.path / "state");
    (void)fleet.create("c", sink_config(), TargetState::running);
    fleet.step();
    backend.task("c").reads({"orders", "customers"});
    fleet.step();
    CHECK(fleet.connectors().at("c").topics == std::set<std::string>{"customers", "orders"});
  }
  FakeBackend backend;
  Fleet fleet(backend, clock, folder.path, folder.path / "state");
  fleet.read_files();
  fleet.step();
  CHECK(fleet.connectors().at("c").topics == std::set<std::string>{"customers", "orders"});
  backend.task("c").reads({"orders"});
  CHECK(fleet.reset_topics("c").kind == CommandResult::Kind::done);
  CHECK(fleet.connectors().at("c").topics.empty());
  backend.task("c").reads({"orders"});
  fleet.step();
  CHECK(StateFolder(folder.path / "state").topics("c") == std::set<std::string>{"orders"});
  CHECK(fleet.reset_topics("nobody").kind == CommandResult::Kind::done);
}

TEST_CASE("s05: of a million names none becomes a file elsewhere, and no two become the same one") {
  const char* given = std::getenv("SLUICE_SEED");
  const uint32_t seed = given ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : std::random_device()();
  MESSAGE("seed " << seed << ": SLUICE_SEED=" << seed << " makes the same choices again");
  std::mt19937 dice(seed);
  const std::string parts[] = {"..", "/", "\\", ".", "~", "%", "%2F", "%2e", std::string(1, '\0'), "\n", "a", "Z", "9", "-", "_", " ", "\xc3\xa4", "\xff", "con", ".yaml", "$HOME", "*"};
  std::unordered_map<std::string, std::string> names_of;
  std::set<std::string> outside;
  int collisions = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    std::string name;
    for (size_t length = dice() % 12; name.size() < length || name.empty();)
      name += dice() % 4 ? parts[dice() % std::size(parts)] : std::string(1, static_cast<char>(dice() % 256));
    if (dice() % 1000 == 0) name += std::string(dice() % 400, "/.a%"[dice() % 4]);
    const std::string stem = file_stem_of(name);
    const bool plain = std::ranges::all_of(stem, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || std::strchr("-_.%~", c); });
    if (!plain || stem.empty() || stem.front() == '.' || stem.size() > 200) outside.insert(stem);
    const auto [at, fresh] = names_of.try_emplace(stem, name);
    collisions += !fresh && at->second != name;
  }
  CHECK(outside.empty());
  CHECK(collisions == 0);
  CHECK(names_of.size() > 300'000);  // else the dice would be poor
}
