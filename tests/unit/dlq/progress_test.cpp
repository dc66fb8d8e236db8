#include <doctest/doctest.h>
#include <pty.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/log.h"
#include "cli/progress.h"

using namespace sluice;

namespace {

constexpr const char* kErase = "\r\x1b[K";

// Standard error is a terminal's as long as this lives.
class TerminalOnStderr {
 public:
  TerminalOnStderr() : before_(dup(STDERR_FILENO)) {
    int slave = -1;
    REQUIRE(openpty(&master_, &slave, nullptr, nullptr, nullptr) == 0);
    dup2(slave, STDERR_FILENO);
    close(slave);
    setenv("TERM", "xterm", 1);
    unsetenv("CI");
  }
  ~TerminalOnStderr() {
    dup2(before_, STDERR_FILENO);
    close(before_);
    close(master_);
  }
  // Since the last time. The kernel hands a terminal's output on when it likes: a mark, written last, says that all has come.
  std::string drawn() {
    constexpr char kMark = '\x1e';
    REQUIRE(write(STDERR_FILENO, &kMark, 1) == 1);
    std::string all;
    while (true) {
      char byte = 0;
      REQUIRE(read(master_, &byte, 1) == 1);
      if (byte == kMark) return all;
      all += byte;
    }
  }

 private:
  int before_;
  int master_ = -1;
};

}  // namespace

TEST_CASE("progress: the line has a bar where it is known how much there will be, and never more columns than the terminal") {
  CHECK(progress_line("replaying", 40, 100, 200) == "replaying [############..................] 40 of 100");
  CHECK(progress_line("replaying", 101, 100, 200) == "replaying [##############################] 100 of 100");
  CHECK(progress_line("reading letters", 7, 0, 200) == "reading letters: 7");
  CHECK(progress_line("replaying", 40, 100, 12) == "replaying [#");
}

TEST_CASE("progress: a line that is logged takes the place of the moving one") {
  TerminalOnStderr terminal;
  set_up_logging("warn", LogFormat::text);
  Progress progress(true);
  progress.show("replaying", 1, 2);
  CHECK(terminal.drawn() == std::string(kErase) + "replaying [###############...............] 1 of 2");
  spdlog::warn("be careful");
  const std::string logged = terminal.drawn();
  CHECK(logged.starts_with(std::string(kErase)));
  CHECK(logged.find("be careful\r\n") != std::string::npos);
  progress.end();
  CHECK(terminal.drawn() == "");
  progress.show("replaying", 2, 2);
  terminal.drawn();
  progress.end();
  CHECK(terminal.drawn() == kErase);
}

TEST_CASE("progress: nobody who looks, nothing drawn") {
  TerminalOnStderr terminal;
  set_up_logging("warn", LogFormat::text);
  SUBCASE("not wanted") { Progress(false).show("replaying", 1, 2); }
  SUBCASE("CI") {
    setenv("CI", "true", 1);
    Progress(true).show("replaying", 1, 2);
    unsetenv("CI");
  }
  SUBCASE("a terminal that cannot move its cursor") {
    setenv("TERM", "dumb", 1);
    Progress(true).show("replaying", 1, 2);
    setenv("TERM", "xterm", 1);
  }
  CHECK(terminal.drawn() == "");
}
