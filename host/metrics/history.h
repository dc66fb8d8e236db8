// What connectors did in the last minutes and hours, for the page: one point at fixed distances, in rings of fixed size. One thread
// at a time.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "connector/figures.h"

namespace sluice {

// Of all tasks of a connector together. Small, since there are many.
struct HistoryPoint {
  static constexpr size_t kLegs = 8;
  static constexpr float kNone = -1;

  int64_t at_ms = 0;         // Unix epoch: the end of what it tells of
  int64_t lag = -1;          // at its end; -1: not known
  float records_per_s = 0;   // that the sink has taken
  float bytes_per_s = 0;     // read from Kafka
  float failures_per_s = 0;  // calls of the sink that failed
  float put_s = kNone;       // the mean of its batches; kNone: there was none
  std::array<float, kLegs> latency_s = none();  // the mean of each leg (History::legs()); kNone: nothing travelled it

 private:
  static constexpr std::array<float, kLegs> none() {
    std::array<float, kLegs> all{};
    all.fill(kNone);
    return all;
  }
};

class History {
 public:
  enum class Span { minutes, hours };
  static constexpr int64_t every_ms(Span span) { return span == Span::minutes ? 1'000 : 60'000; }
  static constexpr size_t kPoints = 720;  // of each: 12 minutes and 12 hours

  // At least once a second, with all connectors there are: what is no more is forgotten. Times only grow.
  void add(int64_t now_ms, std::span<const ConnectorFigures> connectors);

  // The oldest first; none of a connector that is not known.
  std::vector<HistoryPoint> of(const std::string& connector, Span span) const;
  // The mean of the last seconds, which is what a person calls "now".
  HistoryPoint now(const std::string& connector) const;
  // The legs by their numbers. A plugin may name its own; the first kLegs that were seen are kept.
  const std::vector<std::string>& legs() const { return legs_; }

 private:
  struct Mean {
    double count = 0, seconds = 0;
    float since(const Mean& then) const { return count > then.count ? static_cast<float>((seconds - then.seconds) / (count - then.count)) : HistoryPoint::kNone; }
    void grow(const Mean& now, const Mean& before);
  };
  // Sums that only grow, but for a new task's, which begin at 0.
  struct Totals {
    double records = 0, bytes = 0, failures = 0;
    Mean puts;
    std::array<Mean, HistoryPoint::kLegs> legs;
  };
  struct Ring {
    int64_t since_ms = 0;  // where the next point begins
    Totals since;
    std::deque<HistoryPoint> points;
  };
  struct Known {
    std::vector<Totals> tasks;  // as they were seen last
    Totals grown;               // since we know it, across restarts of tasks
    int64_t lag = -1;
    Ring minutes, hours;
  };

  Totals totals_of(const TaskFigures& task);
  void add_leg(Totals& totals, const std::string& stage, const Histogram& times);
  static void grow(Totals& sum, const Totals& now, const Totals& before);
  static HistoryPoint point(int64_t now_ms, const Known& known, const Ring& ring);
  static void take(int64_t now_ms, Span span, const Known& known, Ring& ring);

  std::map<std::string, Known> known_;
  std::vector<std::string> legs_;
};

}  // namespace sluice
