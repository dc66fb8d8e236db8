// Paused and stopped survive the process.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>

#include "connector/fleet.h"
#include "unit/connector/fake_backend.h"
#include "unit/connector/log_capture.h"

using namespace sluice;
using namespace sluice::test;

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-states-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("target states: a connector from a file is paused or stopped again after the process") {
  const Folder folder;
  const ConnectorFile file{"orders.yaml", sink_config(1), {}};
  const std::string name = file.settings.count("name") ? file.settings.at("name") : "c";
  ConnectorFile named = file;
  named.settings["name"] = name;
  for (const TargetState target : {TargetState::paused, TargetState::stopped, TargetState::running}) {
    {
      FakeBackend backend;
      Fleet fleet(backend, "connectors", folder.path / "state");
      fleet.start_from_files({named});
      (void)fleet.set_target(name, target);
    }
    FakeBackend backend;
    Fleet fleet(backend, "connectors", folder.path / "state");
    fleet.start_from_files({named});
    CHECK(fleet.connectors().at(name).target == target);
    CHECK(fleet.connectors().at(name).slots.empty() == (target != TargetState::running));
  }
}

TEST_CASE("target states: any name is one file, and a deleted connector leaves none") {
  const Folder folder;
  const TargetStates states(folder.path / "state");
  for (const std::string name : {"../escape", "a/b", "ü", "."}) {
    states.keep(name, TargetState::stopped);
    CHECK(states.load(name) == TargetState::stopped);
  }
  CHECK(states.load("another") == TargetState::running);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);  // nothing beside the folder
  states.forget("a/b");
  CHECK(states.load("a/b") == TargetState::running);
}

TEST_CASE("target states: a folder that cannot be written does not keep anybody from pausing") {
  const Folder folder;
  std::ofstream(folder.path / "state") << "a file where the folder should be";
  FakeBackend backend;
  Fleet fleet(backend, "connectors", folder.path / "state");
  REQUIRE(fleet.create("c", sink_config(1), TargetState::running).kind == CommandResult::Kind::created);
  CHECK(fleet.set_target("c", TargetState::paused).kind == CommandResult::Kind::done);
  CHECK(fleet.connectors().at("c").target == TargetState::paused);
}
