#include <doctest/doctest.h>

#include "config/connector_file.h"
#include "config/connector_settings.h"
#include "config/fixture.h"

using namespace sluice;

namespace {

std::string described(const Problems& problems, const TempFolder& folder) {
  std::string text;
  for (const Problem& problem : problems) text += describe(problem) + "\n";
  const std::string prefix = folder.path().string() + "/";
  for (size_t at; (at = text.find(prefix)) != text.npos;) text.erase(at, prefix.size());
  return text;
}

}  // namespace

TEST_CASE("connector files: read in the order of their names, hidden and other files left out") {
  TempFolder folder;
  folder.write("b.yaml", "name: two\ntopics: [x, y]\n");
  folder.write("a.yml", "name: one\n");
  folder.write(".a.yaml", "[");
  folder.write("notes.txt", "[");
  Problems problems;
  const auto files = load_connector_files(folder.path(), problems);
  CHECK(problems.empty());
  REQUIRE(files.size() == 2);
  CHECK(files[0].settings.at("name") == "one");
  CHECK(files[1].settings.at("topics") == "x,y");
  CHECK(files[1].lines.at("topics") == 2);
}

TEST_CASE("connector files: one that is broken, or takes another's name or group, is left out with a sentence") {
  TempFolder folder;
  folder.write("a.yaml", "name: orders\n");
  folder.write("b.yaml", "topics: t\nname: orders\n");
  folder.write("c.yaml", "name: other\n\nconsumer:\n  override:\n    group.id: connect-orders\n");
  folder.write("d.yaml", "a: x\na: y\n");
  folder.write("e.yaml", "consumer.override.group.id: connect-late\nname: early\n");
  folder.write("f.yaml", "name: late\n");
  Problems problems;
  const auto files = load_connector_files(folder.path(), problems);
  CHECK(files.size() == 2);
  CHECK(described(problems, folder) ==
        "b.yaml:2: the name \"orders\" is that of a.yaml too; give each connector its own\n"
        "c.yaml:5: the consumer group \"connect-orders\" is that of a.yaml too; give each connector its own\n"
        "d.yaml:2: \"a\" is set twice, on lines 1 and 2; keep one\n"
        "f.yaml: the consumer group \"connect-late\" is that of e.yaml too; give each connector its own\n");
}

TEST_CASE("connector files: a folder that is not there is a problem") {
  TempFolder folder;
  Problems problems;
  CHECK(load_connector_files(folder.path() / "none", problems).empty());
  CHECK(described(problems, folder) == "none: the folder of the connectors cannot be read: No such file or directory; make it, or correct connectors.dir in the host file\n");
}

TEST_CASE("connector files: a problem gets the line of its key, or of the first entry below it") {
  const ConnectorFile file{"f.yaml", {}, {{"columns.a", 4}, {"columns.b", 5}, {"columnsx", 3}, {"name", 1}}};
  Problems problems = {{"name", "m", "", 0, false}, {"columns", "m", "", 0, false}, {"other", "m", "", 0, false}, {"", "m", "", 0, true}};
  locate(problems, 1, file);
  CHECK(describe(problems[0]) == "m");
  CHECK(describe(problems[1]) == "f.yaml:4: m");
  CHECK(describe(problems[2]) == "f.yaml: m");
  CHECK(describe(problems[3]) == "f.yaml: warning: m");
}

TEST_CASE("problems: what comes from outside cannot forge a line") {
  CHECK(describe({"k", "a\nb\x1B[2J", "f\n.yaml", 2, false}) == "f\\n.yaml:2: a\\nb\\x1b[2J");
}

TEST_CASE("connector files: the one that is shipped is sound as far as the host judges it") {
  Problems problems;
  const auto files = load_connector_files(SLUICE_SOURCE_DIR "/configs/connectors", problems);
  REQUIRE(files.size() == 1);
  const auto settings = parse_connector_settings(files[0].settings, problems);
  CHECK(lines_of(problems) == "");
  CHECK(settings.topics == std::vector<std::string>{"dbserver1.public.orders"});
  CHECK(consumer_group(files[0].settings) == "connect-orders");
  std::vector<std::string> keys;
  for (const auto& [key, value] : settings.plugin_settings) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"connection.password", "connection.url", "decimal.handling.mode", "mode", "table.name",
                                          "unknown.columns"});
}
