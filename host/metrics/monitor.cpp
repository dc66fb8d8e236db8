#include "metrics/monitor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <stop_token>
#include <utility>

#include "base/wall_clock.h"
#include "metrics/process.h"

namespace sluice {
namespace {

constexpr std::chrono::seconds kEvery{1};

}  // namespace

Monitor::Monitor(const Supervisor& supervisor)
    : supervisor_(supervisor), begun_ms_(wall_ms()), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Monitor::~Monitor() = default;

void Monitor::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      look();
    } catch (const std::exception& e) {
      spdlog::error("the figures of the connectors could not be looked at: {}", e.what());
    }
    std::unique_lock lock(mutex_);
    ends_.wait_for(lock, stop, kEvery, [] { return false; });
  }
}

void Monitor::look() {
  const std::lock_guard one_at_a_time(looking_);  // or older figures could come after newer ones
  std::vector<ConnectorFigures> figures = supervisor_.figures();
  if (const std::string alarm = memory_.look(resident_bytes(), figures); !alarm.empty()) spdlog::error("{}", alarm);
  // The wall's time as it was at the start, and what has passed since: a clock that is set turns no ring around.
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_);
  const std::lock_guard lock(mutex_);
  history_.add(begun_ms_ + passed.count(), figures);
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
