// Connectors and their files: what people keep, what REST makes, and what happens when either changes.
#include <doctest/doctest.h>
#include <random>
#include "config/connector_file.h"
#include "connector/fleet.h"
#include "fakes/manual_clock.h"
#include "unit/connector/fake_backend.h"
#include "unit/connector/log_capture.h"
#include "unit/connector/temporary_folder.h"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;
using Kind = CommandResult::Kind;

namespace {

// Its plugin wants a secret that may not be there yet.
struct SecretBackend : FakeBackend {
  bool secret_is_there = true;
  CheckedConfig check(const FlatConfig& config, ConfigOrigin origin) const override {
    CheckedConfig checked = FakeBackend::check(config, origin);
    if (!secret_is_there && config.contains("password"))
      checked.problems.insert(checked.problems.begin(), {"password", "the secret is not there", "", 0, false});
    return checked;
  }
};

struct Fixture {
  TemporaryFolder folder;
  SecretBackend backend;
  ManualClock clock;
  std::unique_ptr<Fleet> fleet = start();

  std::unique_ptr<Fleet> start() {
    std::filesystem::create_directory(folder.path / "connectors");
    auto started = std::make_unique<Fleet>(backend, clock, folder.path / "connectors", folder.path / "state");
    started->read_files();
    started->step();
    return started;
  }
  void restart_process() {
    fleet.reset();
    fleet = start();
  }
  std::string file(const std::string& name) const { return (folder.path / "connectors" / name).string(); }
  void declare(const std::string& name, const std::string& more = "", const std::string& as = "") {
    folder.write("connectors/" + (as.empty() ? name : as) + ".yaml", "name: " + name + "\nconnector.class: FileStreamSink\ntopics: orders\n" + more);
  }
  // Two looks, since a file has to stand still for one.
  void look() {
    for (int i = 0; i < 2; ++i) fleet->look_at_files();
    fleet->step();
    fleet->step();
  }
  bool there(const std::string& name) const { return fleet->connectors().contains(name); }
  const Connector& connector(const std::string& name) const { return fleet->connectors().at(name); }
  size_t starts(const std::string& name) const { return backend.started(name).size(); }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path / "connectors")) names.push_back(entry.path().filename());
    return names;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "files: a connector made over REST survives a restart, with its settings and its state") {
  const FlatConfig config = {{"connector.class", "FileStreamSink"}, {"topics", "orders"}, {"name", "or/ders"}, {"file", "a: \"b\" # c"},
                             {"fille", "x"}, {"password", "${env:SLUICE_PW}"}};
  CHECK(fleet->create("or/ders", config, TargetState::stopped).kind == Kind::created);
  CHECK(files() == std::vector<std::string>{"or%2Fders.yaml"});
  CHECK(folder.read("connectors/or%2Fders.yaml").starts_with("# sluice: made over REST"));
  const auto mode = std::filesystem::status(file("or%2Fders.yaml")).permissions();
  CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));

  restart_process();
  CHECK(connector("or/ders").config == config);
  CHECK(connector("or/ders").status().state == State::stopped);
  CHECK(fleet->put_config("or/ders", sink_config()).kind == Kind::done);
  CHECK(fleet->set_target("or/ders", TargetState::running).kind == Kind::done);
  restart_process();
  CHECK(connector("or/ders").config.at("file") == "/dev/null");
  CHECK(connector("or/ders").status().state == State::running);

  CHECK(fleet->remove("or/ders").kind == Kind::done);
  CHECK(files().empty());
  restart_process();
  CHECK(!there("or/ders"));
}

TEST_CASE_FIXTURE(Fixture, "files: what REST itself writes restarts nothing when the files are looked at") {
  (void)fleet->create("orders", sink_config(), TargetState::running);
  (void)fleet->put_config("orders", sink_config(2));
  fleet->step();
  fleet->step();
  const size_t before = starts("orders");
  look();
  look();
  CHECK(starts("orders") == before);
  (void)fleet->remove("orders");
  look();
  CHECK(!there("orders"));
}

TEST_CASE_FIXTURE(Fixture, "files: any settings that REST takes are read again as they were sent, or refused") {
  std::mt19937 random(20261125);
  const std::string pieces[] = {"a", "\"", "\\", "\n", "\r", "\t", "\x01", "\x7f", "ü", "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf", " ", ":", "#",
                                "'", "{", "[", "- ", "%", "@", "&x", "*x", "!t", "~", "null", "1.50", "...", "---", "\xf0\x9f\x98\x80"};
  for (int round = 0; round < 300; ++round) {
    FlatConfig config;
    const auto text = [&] {
      std::string made;
      for (size_t n = random() % 6; n > 0; --n) made += pieces[random() % std::size(pieces)];
      return made;
    };
    for (size_t n = 1 + random() % 4; n > 0; --n) config["k" + text()] = text();
    Problems problems;
    const auto path = folder.write("random.yaml", to_connector_file(config));
    const ConnectorFile read = load_connector_file(path, problems);
    INFO(folder.read("random.yaml"));
    CHECK(problems.empty());
    CHECK(read.settings == config);
    CHECK(read.made_over_rest);
  }
  FlatConfig impossible = sink_config();
  impossible[std::string(600, 'k')] = "x";
  const CommandResult refused = fleet->create("orders", impossible, TargetState::running);
  CHECK(refused.kind == Kind::invalid);
  CHECK(refused.message.find("\nThe configuration cannot be kept in a file: a key is longer than 250 bytes: kkk") != std::string::npos);
  FlatConfig nameless = sink_config();
  nameless[""] = "x";
  CHECK(fleet->create("orders", nameless, TargetState::running).kind == Kind::invalid);
  CHECK(!there("orders"));
}

TEST_CASE_FIXTURE(Fixture, "files: a folder that cannot be written makes nothing and changes nothing, and says so") {
  (void)fleet->create("orders", sink_config(), TargetState::running);
  std::filesystem::rename(folder.path / "connectors", folder.path / "elsewhere");
  const CommandResult created = fleet->create("other", sink_config(), TargetState::paused);
  CHECK(created.kind == Kind::not_kept);
  CHECK(created.message.find("make the folder writable for sluice") != std::string::npos);
  CHECK(!there("other"));
  CHECK(fleet->put_config("orders", sink_config(2)).kind == Kind::not_kept);
  CHECK(connector("orders").config.at("tasks.max") == "1");
  // A folder that is away says nothing about the connectors that were in it.
  look();
  CHECK(connector("orders").status().state == State::running);
}

TEST_CASE_FIXTURE(Fixture, "files: a person's file of the same name is never written over") {
  declare("somebody", "", "orders");
  look();
  CHECK(fleet->create("orders", sink_config(), TargetState::running).kind == Kind::created);
  CHECK(std::filesystem::exists(file("orders~2.yaml")));
  restart_process();
  CHECK(there("somebody"));
  CHECK(there("orders"));
}

TEST_CASE_FIXTURE(Fixture, "files: REST may pause, resume, stop and restart a connector that a person declared, but only its file changes it") {
  declare("orders");
  look();
  CHECK(connector("orders").status().state == State::running);
  const std::string message = "Connector orders is declared in " + file("orders.yaml") + "; change or remove that file instead";
  for (const CommandResult& result : {fleet->put_config("orders", sink_config()), fleet->patch_config("orders", {}), fleet->remove("orders")}) {
    CHECK(result.kind == Kind::managed_by_file);
    CHECK(result.message == message);
  }
  CHECK(fleet->create("orders", sink_config(), TargetState::running).message ==
        "Connector orders already exists: it is declared in " + file("orders.yaml"));
  CHECK(fleet->restart("orders", true, false).kind == Kind::done);
  CHECK(fleet->set_target("orders", TargetState::stopped).kind == Kind::done);
  CHECK(fleet->set_target("orders", TargetState::running).kind == Kind::done);
}

TEST_CASE_FIXTURE(Fixture, "files: one that is added, edited or removed changes just its connector") {
  declare("a");
  declare("b");
  look();
  CHECK(starts("a") == 1);
  declare("a", "file: /tmp/x\n");
  fleet->look_at_files();
  fleet->step();
  CHECK(starts("a") == 1);  // somebody may still be writing
  look();
  CHECK(starts("a") == 2);
  CHECK(connector("a").config.at("file") == "/tmp/x");
  std::filesystem::remove(file("a.yaml"));
  look();
  CHECK(!there("a"));
  CHECK(backend.task("a").stop_mode() == StopMode::leave_group);
  CHECK(starts("b") == 1);
  CHECK(connector("b").status().state == State::running);
}

TEST_CASE_FIXTURE(Fixture, "files: an invalid edit changes nothing, and status and log say why until it is mended") {
  declare("a");
  look();
  const LogCapture log;
  struct Case { std::string text, why; };
  for (const auto& [text, why] : {Case{"name: a\nconnector.class: FileStreamSink\ntopics: orders\ntasks.max: none\n", "a.yaml:4: Invalid value none for configuration tasks.max: Not a number of type INT"},
                                  Case{"name: a\nconnector.class: FileStreamSink\ntopics: orders\nfille: x\n", "a.yaml:4: unknown setting \"fille\"; did you mean \"file\"?"},
                                  Case{"name: a\nconnector.class: \"FileStreamSink\ntopics: orders\n", "a.yaml:2: a quote that opens on this line or after it is not closed"}}) {
    folder.write("connectors/a.yaml", text);
    look();
    CHECK(connector("a").status().state == State::running);
    CHECK(connector("a").status().condition == "blocked: the settings before the last change are in force, since " + file("") + why);
    CHECK(log.text().find("error connector a: goes on with the settings before the last change: " + file("") + why) != std::string::npos);
  }
  CHECK(starts("a") == 1);
  declare("a");
  look();
  CHECK(starts("a") == 1);
  CHECK(connector("a").status().condition.empty());
}

TEST_CASE_FIXTURE(Fixture, "files: one that was never valid is shown as failed with the reason, and starts once it is mended") {
  declare("a", "tasks.max: none\n");
  look();
  CHECK(connector("a").status().state == State::failed);
  CHECK(connector("a").status().trace == file("a.yaml") + ":4: Invalid value none for configuration tasks.max: Not a number of type INT");
  CHECK(connector("a").status().tasks.empty());
  CHECK(fleet->set_target("a", TargetState::paused).kind == Kind::done);
  CHECK(fleet->set_target("a", TargetState::running).kind == Kind::done);
  CHECK(fleet->restart("a", true, false).kind == Kind::done);
  CHECK(connector("a").status().tasks.empty());
  declare("a", "tasks.max: 2\n");
  look();
  CHECK(connector("a").status().state == State::running);
  CHECK(starts("a") == 2);
}

TEST_CASE_FIXTURE(Fixture, "files: a complaint that time may settle, such as a missing secret, is looked at again without an edit") {
  backend.secret_is_there = false;
  declare("a", "password: ${env:PW}\n");
  const LogCapture log;
  look();
  CHECK(connector("a").status().state == State::failed);
  const size_t said = log.text().size();
  clock.advance(6s);
  look();
  CHECK(log.text().size() == said);  // once is enough
  backend.secret_is_there = true;
  clock.advance(6s);
  look();
  CHECK(connector("a").status().state == State::running);
}

TEST_CASE_FIXTURE(Fixture, "files: of two with one name or one group the one that runs stays, and the other is named in the log") {
  declare("a", "", "b-file");
  declare("g", "consumer.override.group.id: connect-x\n");
  look();
  const LogCapture log;
  declare("a", "", "a-file");
  declare("h", "consumer.override.group.id: connect-x\n", "a-group");
  look();
  CHECK(connector("a").file == file("b-file.yaml"));
  CHECK(!there("h"));
  CHECK(log.text().find("error connector left out: " + file("a-file.yaml") + ":1: the name \"a\" is that of " + file("b-file.yaml") + " too") != std::string::npos);
  CHECK(log.text().find("error connector left out: " + file("a-group.yaml") + ":4: the consumer group \"connect-x\" is that of " + file("g.yaml") + " too") != std::string::npos);
  FlatConfig config = sink_config();
  config["consumer.override.group.id"] = "connect-x";
  CHECK(fleet->create("i", config, TargetState::running).message.find("Consumer group connect-x conflicts with that of the connector g") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "files: a new name in a file is another connector, and a new place of one is the same") {
  declare("a");
  look();
  std::filesystem::rename(file("a.yaml"), file("moved.yaml"));
  look();
  CHECK(starts("a") == 1);
  CHECK(connector("a").file == file("moved.yaml"));
  declare("b", "", "moved");
  look();
  CHECK(!there("a"));
  CHECK(connector("b").status().state == State::running);
}

TEST_CASE_FIXTURE(Fixture, "files: names that begin with a dot, are long or differ in nothing but signs keep their own file") {
  const std::vector<std::string> names = {".hidden", std::string(300, 'x'), std::string(301, 'x'), "a b", "a+b", "a%20b"};
  for (const std::string& name : names) CHECK(fleet->create(name, sink_config(), TargetState::running).kind == Kind::created);
  restart_process();
  for (const std::string& name : names) CHECK(there(name));
  for (const std::string& name : names) CHECK(fleet->remove(name).kind == Kind::done);
  CHECK(files().empty());
}

TEST_CASE_FIXTURE(Fixture, "files: ones without a name or with a broken text are named in the log once, and the others run") {
  const LogCapture log;
  folder.write("connectors/c.yaml", "connector.class: FileStreamSink\n");
  folder.write("connectors/d.yaml", "[1\n");
  declare("b");
  look();
  CHECK(there("b"));
  CHECK(fleet->connectors().size() == 1);
  CHECK(log.text().find("error connector left out: " + file("c.yaml") + ": a connector needs a name") != std::string::npos);
  CHECK(log.text().find("error connector left out: " + file("d.yaml")) != std::string::npos);
  const size_t said = log.text().size();
  declare("b2");
  look();
  CHECK(log.text().find("left out", said) == std::string::npos);
}
