// The scan of plugin.path: what is wrong with a file is a sentence, and never the end of the host.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "plugin/catalog.h"

namespace fs = std::filesystem;

namespace {

// A folder of its own to put plugin files into; gone afterwards.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/sluice-catalog-XXXXXX";
    path_ = mkdtemp(name);
    fs::permissions(path_, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read |
                               fs::perms::others_exec);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path add(const fs::path& file, const std::string& as) const {
    fs::copy_file(file, path_ / as);
    return path_ / as;
  }
  fs::path write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name) << content;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

fs::path broken(const std::string& name) { return fs::path(BROKEN) / (name + ".so"); }

// Why the one file of the folder is refused; "" if it is not.
std::string refusal(const Folder& folder) {
  const sluice::Catalog catalog({folder.path()});
  REQUIRE(catalog.files().size() == 1);
  const sluice::ScannedFile& file = catalog.files()[0];
  CHECK((file.plugin == nullptr) == !file.refused.empty());
  CHECK(catalog.names().empty() == (file.plugin == nullptr));
  return file.refused;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("catalog: each broken plugin is refused with its reason and the host goes on") {
  struct Case { const char* name; const char* reason; };
  const Case cases[] = {
      {"no_symbol",           "does not export sluice_plugin_v1"},
      {"other_major",         "plugin ABI 2"},
      {"returns_null",        "this machine has no teapot"},
      {"short_table",         "64 bytes"},
      {"newer_minor",         "1.7"},
      {"bad_name",            "name"},
      {"no_put",              "create, destroy and put"},
      {"no_open",             "open"},
      {"constructor_aborts",  "signal 6"},
      {"constructor_exits",   "exit code 0"},
      {"undefined_function",  "sluice_nobody_defines_this"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Folder folder;
    folder.add(broken(c.name), "x.so");
    const std::string why = refusal(folder);
    CAPTURE(why);
    CHECK(contains(why, c.reason));
    CHECK(!contains(why, "\n"));
  }
}

TEST_CASE("catalog: a constructor that crashes is contained, also where a sanitizer turns the signal into an exit") {
  const Folder folder;
  folder.add(broken("constructor_crashes"), "x.so");
  const std::string why = refusal(folder);
  CAPTURE(why);
  CHECK((contains(why, "signal 11") || contains(why, "ended the process")));
}

TEST_CASE("catalog: a constructor that hangs costs ten seconds, not the host") {
  const Folder folder;
  folder.add(broken("constructor_hangs"), "x.so");
  const auto started = std::chrono::steady_clock::now();
  CHECK(contains(refusal(folder), "hang"));
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(15));
}

TEST_CASE("catalog: what is not a library is refused: text, nothing, half a library, one of another machine") {
  const fs::path whole = fs::path(BUNDLED) / "example-file-sink.so";
  std::ifstream in(whole, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  REQUIRE(bytes.size() > 4096);
  std::string foreign = bytes;
  foreign[18] = 0x02;  // e_machine: SPARC
  struct Case { const char* name; std::string content; };
  const Case cases[] = {
      {"text", "#!/bin/sh\necho I am no library\n"},
      {"empty", ""},
      {"truncated", bytes.substr(0, 1000)},
      {"another machine's", foreign},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Folder folder;
    folder.write("x.so", c.content);
    const std::string why = refusal(folder);
    CAPTURE(why);
    // The loader may step beyond the end of half a library, which ends the child that tries it; a sanitizer turns that
    // signal into an exit.
    CHECK((contains(why, "cannot be loaded as a shared library") || contains(why, "crashed") ||
           contains(why, "ended the process")));
  }
}

TEST_CASE("catalog: a link to nowhere and a folder named like a library are refused") {
  const Folder link;
  fs::create_symlink("/nowhere/at-all.so", link.path() / "x.so");
  CHECK(contains(refusal(link), "link"));

  const Folder folder;
  fs::create_directory(folder.path() / "x.so");
  CHECK(contains(refusal(folder), "not a regular file"));
}

TEST_CASE("catalog: a file that everybody may write to is refused with the command that mends it") {
  const Folder folder;
  const fs::path file = folder.add(fs::path(BUNDLED) / "example-file-sink.so", "x.so");
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  CHECK(contains(refusal(folder), "chmod o-w"));
}

TEST_CASE("catalog: an unreadable file is refused, the one beside it loads") {
  const Folder folder;
  const fs::path closed = folder.add(fs::path(BUNDLED) / "example-file-sink.so", "a.so");
  fs::permissions(closed, fs::perms::none);
  const fs::path open = folder.add(fs::path(GOOD) / "plain-c-sink.so", "b.so");
  fs::permissions(open, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  // Root may read everything, so the scan runs as nobody.
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(2);
    const sluice::Catalog catalog({folder.path()});
    const bool right = catalog.files().size() == 2 && contains(catalog.files()[0].refused, "cannot be read") &&
                       !catalog.files()[0].plugin && catalog.files()[1].plugin;
    _exit(right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("catalog: good plugins load in the same scan as every broken one") {
  const Folder folder;
  for (const auto& entry : fs::directory_iterator(BROKEN))
    if (entry.path().stem() != "constructor_hangs") folder.add(entry.path(), entry.path().filename().string());
  folder.add(fs::path(BUNDLED) / "example-file-sink.so", "z1.so");
  folder.add(fs::path(GOOD) / "plain-c-sink.so", "z2.so");
  const sluice::Catalog catalog({folder.path()});
  CHECK(catalog.names() == std::vector<std::string>{"example-file-sink", "plain-c-sink"});
  for (const sluice::ScannedFile& file : catalog.files()) {
    CAPTURE(file.file.string());
    CHECK((file.plugin == nullptr) == !file.refused.empty());
  }
}

TEST_CASE("catalog: of two files with the same plugin the first on the path counts, and the other one is named") {
  const Folder first, second;
  first.add(fs::path(GOOD) / "plain-c-sink.so", "one.so");
  second.add(fs::path(GOOD) / "plain-c-sink.so", "two.so");
  const sluice::Catalog catalog({first.path(), second.path()});
  REQUIRE(catalog.files().size() == 2);
  CHECK(catalog.files()[0].plugin != nullptr);
  CHECK(catalog.files()[1].plugin == nullptr);
  CHECK(contains(catalog.files()[1].refused, "plain-c-sink"));
}

TEST_CASE("catalog: a folder that is not there is no fault and other files in a folder are left alone") {
  const Folder folder;
  folder.write("README.txt", "not a plugin");
  folder.add(fs::path(BUNDLED) / "example-file-sink.so", "x.so");
  const sluice::Catalog catalog({"/nowhere/plugins", folder.path()});
  REQUIRE(catalog.files().size() == 1);
  CHECK(catalog.names() == std::vector<std::string>{"example-file-sink"});
}

TEST_CASE("catalog: a plugin is found by its name, its aliases and Connect's ways of writing a class") {
  const sluice::Catalog catalog({fs::path(BUNDLED)});
  struct Case { const char* written; const char* plugin; };
  const Case cases[] = {
      {"example-file-sink", "example-file-sink"},
      {"ExampleFileSink", "example-file-sink"},
      {"EXAMPLEfilesink", "example-file-sink"},
      {"ExampleFileSinkConnector", "example-file-sink"},
      {"example-file-sinkconnector", "example-file-sink"},
      {"org.example.ExampleFileSinkConnector", "example-file-sink"},
      {"FileStreamSink", "example-file-sink"},
      {"FileStreamSinkConnector", "example-file-sink"},
      {"org.apache.kafka.connect.file.FileStreamSinkConnector", "example-file-sink"},
      {"debezium-postgres-sink", "debezium-postgres-sink"},
      {"DebeziumPostgresSink", "debezium-postgres-sink"},
      {"io.debezium.connector.jdbc.JdbcSinkConnector", "debezium-postgres-sink"},
      {"JdbcSinkConnector", "debezium-postgres-sink"},
      {"JdbcSink", "debezium-postgres-sink"},
      // A class of Connect has the capitals that it has, and its own package.
      {"filestreamsink", ""},
      {"FILESTREAMSINK", ""},
      {"org.example.FileStreamSinkConnector", ""},
      {"io.confluent.connect.jdbc.JdbcSinkConnector", ""},
      {" FileStreamSink", ""},
      {"org.apache.kafka.connect.file.FileStreamSinkConnector ", ""},
      {"example", ""},
      {"no-such-sink", ""},
      {"Connector", ""},
      {".", ""},
      {"", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.written));
    const sluice::FoundPlugin found = catalog.find(c.written);
    CHECK(std::string(found.plugin ? found.plugin->name : "") == c.plugin);
    CHECK(found.also_meant.empty());
  }
}

TEST_CASE("catalog: a class that two plugins have names both, and a plugin's own name wins") {
  const Folder folder;
  folder.add(fs::path(BUNDLED) / "example-file-sink.so", "a.so");
  folder.add(SAME_ALIAS, "b.so");
  const sluice::Catalog catalog({folder.path()});
  const sluice::FoundPlugin both = catalog.find("FileStreamSink");
  CHECK(both.plugin == nullptr);
  CHECK(both.also_meant == std::vector<std::string>{"example-file-sink", "broken"});
  CHECK(catalog.find("org.apache.kafka.connect.file.FileStreamSinkConnector").plugin != nullptr);
  CHECK(std::string(catalog.find("example-file-sink").plugin->name) == "example-file-sink");
}
