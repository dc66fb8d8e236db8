#include "metrics/monitor.h"

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <utility>

namespace sluice {
namespace {

constexpr std::chrono::seconds kEvery{1};

int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Monitor::Monitor(const Supervisor& supervisor) : supervisor_(supervisor), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Monitor::~Monitor() = default;

void Monitor::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look();
    std::unique_lock lock(mutex_);
    ends_.wait_for(lock, stop, kEvery, [] { return false; });
  }
}

void Monitor::look() {
  std::vector<ConnectorFigures> figures = supervisor_.figures();
  const std::lock_guard lock(mutex_);
  // A clock that was set back must not turn the rings around.
  last_ms_ = std::max(last_ms_ + 1, wall_ms());
  history_.add(last_ms_, figures);
  figures_ = std::move(figures);
}

std::vector<SeenConnector> Monitor::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<SeenConnector> found;
  for (const ConnectorFigures& figures : figures_) found.push_back(seen(figures));
  return found;
}

std::optional<SeenConnector> Monitor::one(const std::string& connector) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find_if(figures_, [&](const ConnectorFigures& figures) { return figures.status.name == connector; });
  return at == figures_.end() ? std::nullopt : std::optional(seen(*at));
}

std::vector<HistoryPoint> Monitor::history(const std::string& connector, History::Span span) const {
  const std::lock_guard lock(mutex_);
  return history_.of(connector, span);
}

std::vector<std::string> Monitor::legs() const {
  const std::lock_guard lock(mutex_);
  return history_.legs();
}

SeenConnector Monitor::seen(const ConnectorFigures& figures) const { return {figures, history_.now(figures.status.name)}; }

}  // namespace sluice
