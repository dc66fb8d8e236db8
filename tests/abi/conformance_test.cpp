// Every bundled sink passes the list, and every sink that breaks a rule fails the check that is there for it.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>

#include "conformance.h"

namespace fs = std::filesystem;

namespace {

class TempFolder {
 public:
  TempFolder() {
    char name[] = "/tmp/sluice-conformance-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~TempFolder() { fs::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

enum class FarSide { there, not_there };

// Prints one line a check, as `sluice check-plugin` does.
void passes_the_list(const std::string& name, const Subject& subject, FarSide far_side) {
  for (const Check& check : conformance_list()) {
    if (check.needs_far_side && far_side == FarSide::not_there) continue;
    CAPTURE(check.name);
    CAPTURE(check.claim);
    const Verdict verdict = judge(check, subject);
    CAPTURE(verdict.reason);
    std::cout << name << "  " << (verdict.kind == Verdict::ok ? "ok  " : verdict.kind == Verdict::skipped ? "n/a " : "FAIL") << ' '
              << check.name << (verdict.reason.empty() ? "" : "  ") << verdict.reason << '\n';
    CHECK(verdict.kind != Verdict::failed);
  }
}

}  // namespace

TEST_CASE("conformance: example-file-sink passes the whole list") {
  const TempFolder folder;
  passes_the_list("example-file-sink", {fs::path(BUNDLED) / "example-file-sink.so", {{"file", folder.path() / "lines"}}}, FarSide::there);
}

TEST_CASE("conformance: a sink in plain C that owns its offsets passes the whole list") {
  passes_the_list("plain-c-sink", {fs::path(GOOD) / "plain-c-sink.so", {}}, FarSide::there);
}

TEST_CASE("conformance: debezium-postgres-sink passes what needs no database, and an unreachable one is no crash") {
  const Subject subject{fs::path(BUNDLED) / "debezium-postgres-sink.so",
                        {{"connection.url", "postgresql://nobody@127.0.0.1:1/nothing"}, {"connection.password", "canary-7261"}}};
  passes_the_list("debezium-postgres-sink", subject, FarSide::not_there);
}

TEST_CASE("conformance: each misbehaving sink fails the check that is there for it") {
  struct Case { const char* sink; const char* check; const char* reason; };
  const Case cases[] = {
      {"keeps_a_pointer",     "put.borrowed",        ""},
      {"writes_a_record",     "life.full",           ""},
      {"two_symbols",         "load.symbols",        "another_symbol"},
      {"slow_load",           "load.quiet",          "took"},
      {"another_table",       "load.newer-host",     "another table"},
      {"no_version",          "about.identity",      "version"},
      {"option_without_doc",  "about.options",       "no doc"},
      {"leaks_descriptors",   "life.create-destroy", "descriptors"},
      {"leaks_a_thread",      "life.create-destroy", "thread"},
      {"commits_ahead",       "life.full",           "ahead"},
      {"silent_failure",      "life.full",           "without a message"},
      {"unknown_result",      "life.full",           "unknown result"},
      {"rejects_beyond",      "life.full",           "beyond the batch"},
      {"keeps_a_batch",       "life.full",           "retained"},
      {"prints",              "border.process",      "stdout"},
      {"changes_folder",      "border.process",      "working directory"},
      {"forgets_position",    "crash.replay",        "7 was committed"},
      {"crashes_on_null",     "put.null-and-empty",  ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.sink);
    CAPTURE(c.check);
    const auto& list = conformance_list();
    const auto check = std::find_if(list.begin(), list.end(), [&](const Check& each) { return std::string(each.name) == c.check; });
    REQUIRE(check != list.end());
    const Verdict verdict = judge(*check, {fs::path(MISBEHAVING) / (std::string(c.sink) + ".so"), {}});
    CAPTURE(verdict.reason);
    CHECK(verdict.kind == Verdict::failed);
    CHECK(verdict.reason.find(c.reason) != verdict.reason.npos);
  }
}
