// The scan of plugin.path: what is wrong with a file is a sentence, and never the end of the host.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "plugin/catalog.h"
#include "plugin/library.h"

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

std::string warnings(const Folder& folder) {
  std::string all;
  const sluice::Catalog catalog({folder.path()});
  for (const sluice::ScannedFile& file : catalog.files())
    for (const std::string& warning : file.warnings) all += warning + "\n";
  return all;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// Where the constructors of the broken plugins leave their mark, and a file that one of them removes.
class Canary {
 public:
  explicit Canary(const Folder& folder) : file_(folder.path() / "canary"), victim_(folder.write("victim", "")) {
    setenv("SLUICE_CANARY_FILE", file_.c_str(), 1);
    setenv("SLUICE_CANARY_VICTIM", victim_.c_str(), 1);
  }
  ~Canary() {
    unsetenv("SLUICE_CANARY_FILE");
    unsetenv("SLUICE_CANARY_VICTIM");
  }
  Canary(const Canary&) = delete;
  bool sings() const { return fs::exists(file_); }
  bool victim_lives() const { return fs::exists(victim_); }

 private:
  const fs::path file_, victim_;
};

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

TEST_CASE("s02: a link is followed within plugin.path only, and a pipe is not waited for") {
  const Folder folder, elsewhere;
  const fs::path outside = elsewhere.add(fs::path(BUNDLED) / "example-file-sink.so", "x.so");
  fs::create_symlink(outside, folder.path() / "x.so");
  CHECK(contains(refusal(folder), "leads out of plugin.path, to " + outside.string()));
  CHECK(sluice::Catalog({folder.path(), elsewhere.path()}).names().size() == 1);
  fs::remove(folder.path() / "x.so");
  fs::create_directory(folder.path() / "versions");
  fs::copy_file(outside, folder.path() / "versions" / "x.so.1");
  fs::create_symlink("versions/x.so.1", folder.path() / "x.so");
  CHECK(refusal(folder) == "");
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "away");
  fs::remove(folder.path() / "x.so");
  fs::create_symlink("away/x.so", folder.path() / "x.so");
  CHECK(contains(refusal(folder), "leads out of plugin.path"));
  fs::remove(folder.path() / "x.so");
  REQUIRE(mkfifo((folder.path() / "x.so").c_str(), 0600) == 0);
  CHECK(contains(refusal(folder), "not a regular file"));
}

TEST_CASE("s02: a class names a plugin that was found, never a path") {
  const Folder folder, elsewhere;
  const Canary canary(elsewhere);
  const fs::path library = elsewhere.add(broken("constructor_writes"), "evil.so");
  folder.add(fs::path(BUNDLED) / "example-file-sink.so", "example-file-sink.so");
  const sluice::Catalog catalog({folder.path()});
  const std::string beside = "../" + elsewhere.path().filename().string() + "/evil";
  const std::string corpus[] = {
      library.string(), elsewhere.path() / "evil", beside, beside + ".so", "./example-file-sink", "example-file-sink.so", "..", "../..", "/",
      "%2e%2e%2fevil", "..%2fevil", "..\\evil", std::string("example-file-sink\0.so", 21), std::string("evil\0", 5), "file://" + library.string(),
      "/proc/self/exe", "libc.so.6", "libpq.so.5", "ld-linux-x86-64.so.2", "$ORIGIN/evil", "example-file-sink/", "example-file-sink ", "*", "",
      std::string(100000, 'a'), std::string(5000, '/'), "example\nfile-sink", "\xff\xfe",
  };
  for (const std::string& name : corpus) {
    CAPTURE(name);
    const sluice::FoundPlugin found = catalog.find(name);
    CHECK(found.plugin == nullptr);
    CHECK(found.also_meant.empty());
  }
  CHECK(!canary.sings());
}

TEST_CASE("s03: who else may write the file or its folder decides whether it is loaded, and what is said") {
  struct Case { mode_t file, folder; bool foreign; const char* refused; const char* warned; };
  const Case cases[] = {
      {0644, 0755, false, "", ""},
      {0755, 0700, false, "", ""},
      {0600, 0755, false, "", ""},
      {0646, 0755, false, "everybody may write to it", ""},
      {0777, 0755, false, "everybody may write to it", ""},
      {0644, 0757, false, "everybody may write to its folder", ""},
      {0644, 01777, false, "everybody may write to its folder", ""},
      {0664, 0755, true, "", "may write to it"},
      {0644, 0775, true, "", "may write to it"},
      {0644, 0755, true, "", "it belongs to the user 65534"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.file);
    CAPTURE(c.folder);
    const Folder folder;
    const fs::path file = folder.add(fs::path(BUNDLED) / "example-file-sink.so", "x.so");
    REQUIRE(chmod(file.c_str(), c.file) == 0);
    REQUIRE(chmod(folder.path().c_str(), c.folder) == 0);
    if (c.foreign) {
      REQUIRE(chown(file.c_str(), 65534, 65534) == 0);  // tests run as root
      REQUIRE(chown(folder.path().c_str(), 65534, 65534) == 0);
    }
    const std::string why = refusal(folder);
    CHECK(contains(why, c.refused));
    CHECK(why.empty() == (*c.refused == '\0'));
    if (*c.refused) CHECK(contains(why, "run: chmod o-w " + (contains(why, "folder") ? folder.path() : file).string()));
    CHECK(contains(warnings(folder), c.warned));
    CHECK(warnings(folder).empty() == (*c.warned == '\0'));
    // As the host file says it: insecure: [plugin-folder].
    CHECK(sluice::Catalog({folder.path()}, sluice::WorldWritable::taken).names().size() == 1);
  }
}

TEST_CASE("s03: what was judged is what is loaded, also when its path comes to mean another file") {
  const Folder folder;
  const Canary canary(folder);
  const fs::path path = folder.add(fs::path(BUNDLED) / "example-file-sink.so", "x.so");
  sluice::PluginFile file(path, {}, sluice::WorldWritable::refused);
  REQUIRE(file.refused() == "");
  fs::rename(folder.add(broken("constructor_writes"), "evil"), path);
  CHECK(sluice::probe_file(file) == "");
  const sluice::LoadedFile loaded = sluice::load_file(file);
  REQUIRE(loaded.plugin != nullptr);
  CHECK(std::string(loaded.plugin->name) == "example-file-sink");
  CHECK(!canary.sings());
  // And who opens it now is not deceived: the canary would sing, were it loaded.
  CHECK(contains(refusal(folder), "tried to write a file"));
}

TEST_CASE("s04: a constructor that writes, connects, removes or runs is stopped before it has, and its file refused") {
  for (const char* name : {"constructor_writes", "constructor_connects", "constructor_removes", "constructor_runs"}) {
    CAPTURE(std::string(name));
    if (!fs::exists(broken(name))) continue;  // constructor_runs, of a build with a sanitizer
    const Folder folder, elsewhere;
    const Canary canary(elsewhere);
    folder.add(broken(name), "x.so");
    const std::string why = refusal(folder);
    CHECK(contains(why, "tried to write a file, to open a socket or to start a process"));
    CHECK(!canary.sings());
    CHECK(canary.victim_lives());
  }
  // The canary can sing: without the filter each of them does what it is called.
  for (const char* name : {"constructor_writes", "constructor_connects", "constructor_removes", "constructor_runs"}) {
    CAPTURE(std::string(name));
    if (!fs::exists(broken(name))) continue;
    const Folder elsewhere;
    const Canary canary(elsewhere);
    const pid_t child = fork();
    if (child == 0) _exit(dlopen(broken(name).c_str(), RTLD_NOW) ? 0 : 1);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(canary.sings());
  }
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
  const Folder folder, elsewhere;
  const Canary canary(elsewhere);  // without a place for it, one of them would not be broken
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
