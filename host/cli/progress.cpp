#include "cli/progress.h"

#include <fmt/format.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kEvery{100};
constexpr size_t kBar = 30;
constexpr size_t kUsualWidth = 80;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool somebody_looks() {
  const std::string_view ci = variable("CI");
  return isatty(STDERR_FILENO) && variable("TERM") != "dumb" && (ci.empty() || ci == "false" || ci == "0");
}

size_t width_of_terminal() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
}

}  // namespace

std::string progress_line(const std::string& what, uint64_t done, uint64_t of, size_t width) {
  std::string line = fmt::format("{}: {}", what, done);
  if (of > 0) {
    done = std::min(done, of);
    const size_t full = static_cast<size_t>(static_cast<double>(done) / static_cast<double>(of) * kBar);
    line = fmt::format("{} [{:#<{}}{:.<{}}] {} of {}", what, "", full, "", kBar - full, done, of);
  }
  return line.substr(0, width);
}

// Stands before the log's outputs: a line that is logged begins where the moving one was.
class Progress::Eraser : public spdlog::sinks::sink {
 public:
  void draw(const std::string& line) {
    const std::lock_guard lock(mutex_);
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
    drawn_ = true;
  }
  void erase() {
    const std::lock_guard lock(mutex_);
    if (!drawn_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    drawn_ = false;
  }

  void log(const spdlog::details::log_msg&) override { erase(); }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  std::mutex mutex_;
  bool drawn_ = false;
};

Progress::Progress(bool wanted) {
  if (!wanted || !somebody_looks()) return;
  eraser_ = std::make_shared<Eraser>();
  auto& outputs = spdlog::default_logger()->sinks();
  outputs.insert(outputs.begin(), eraser_);
}

Progress::~Progress() {
  if (!eraser_) return;
  end();
  std::erase(spdlog::default_logger()->sinks(), eraser_);
}

void Progress::show(const char* what, uint64_t done, uint64_t of) {
  if (!eraser_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kEvery;
  eraser_->draw(progress_line(what, done, of, width_of_terminal() - 1));
}

void Progress::end() {
  if (!eraser_) return;
  eraser_->erase();
  next_ = {};
}

}  // namespace sluice
