// Looks at all connectors once a second and keeps what it saw: for the page, which asks for the present and the last hours.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "connector/supervisor.h"
#include "metrics/history.h"
#include "metrics/memory.h"

namespace sluice {

struct SeenConnector {
  ConnectorFigures figures;
  HistoryPoint now;
};

class Monitor {
 public:
  explicit Monitor(const Supervisor& supervisor);  // which outlives it
  ~Monitor();

  // Looks now: for who cannot wait for the next second. Any thread; waits for the supervisor.
  void look();
  // As it was at the last look. Any thread.
  std::vector<SeenConnector> all() const;
  std::optional<SeenConnector> one(const std::string& connector) const;
  std::vector<HistoryPoint> history(const std::string& connector, History::Span span) const;
  std::vector<std::string> legs() const;  // the names of HistoryPoint::latency_s

 private:
  void run(const std::stop_token& stop);
  SeenConnector seen(const ConnectorFigures& figures) const;  // with mutex_ held

  const Supervisor& supervisor_;

  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  const int64_t begun_ms_;  // the same by the wall's clock

  std::mutex looking_;  // before mutex_
  MemoryAlarm memory_;  // guarded by looking_
  mutable std::mutex mutex_;
  std::condition_variable_any ends_;
  History history_;                        // guarded by mutex_
  std::vector<ConnectorFigures> figures_;  // guarded by mutex_

  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace sluice
