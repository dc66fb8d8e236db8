#include "metrics/history.h"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr int64_t kNowMs = 5'000;

// A counter that fell is a new one.
double growth(double now, double before) { return now >= before ? now - before : now; }

}  // namespace

// Two numbers of one histogram: both go on, or both are new.
void History::Mean::grow(const Mean& now, const Mean& before) {
  const bool anew = now.count < before.count;
  count += now.count - (anew ? 0 : before.count);
  seconds += now.seconds - (anew ? 0 : before.seconds);
}

void History::add_leg(Totals& totals, const std::string& stage, const Histogram& times) {
  auto at = std::ranges::find(legs_, stage);
  if (at == legs_.end()) {
    if (legs_.size() == HistoryPoint::kLegs) return;
    at = legs_.insert(legs_.end(), stage);
  }
  totals.legs[static_cast<size_t>(at - legs_.begin())] = {static_cast<double>(times.count()), times.sum()};
}

History::Totals History::totals_of(const TaskFigures& task) {
  Totals totals;
  totals.records = static_cast<double>(task.written);
  totals.bytes = static_cast<double>(task.read_bytes);
  for (const auto& [unused, count] : task.by_class()) totals.failures += static_cast<double>(count);
  totals.puts = {static_cast<double>(task.put_seconds.count()), task.put_seconds.sum()};
  add_leg(totals, kKafkaToSluice, task.kafka_to_sluice);
  add_leg(totals, kSluiceToDurable, task.sluice_to_durable);
  for (const PluginMetric& metric : task.plugin)
    if (metric.name == kLatencyMetric && metric.histogram)
      for (const auto& [label, stage] : metric.labels)
        if (label == kStageLabel) add_leg(totals, stage, *metric.histogram);
  return totals;
}

void History::grow(Totals& sum, const Totals& now, const Totals& before) {
  sum.records += growth(now.records, before.records);
  sum.bytes += growth(now.bytes, before.bytes);
  sum.failures += growth(now.failures, before.failures);
  sum.puts.grow(now.puts, before.puts);
  for (size_t leg = 0; leg < sum.legs.size(); ++leg) sum.legs[leg].grow(now.legs[leg], before.legs[leg]);
}

HistoryPoint History::point(int64_t now_ms, const Known& known, const Ring& ring) {
  HistoryPoint point;
  point.at_ms = now_ms;
  point.lag = known.lag;
  const double seconds = static_cast<double>(now_ms - ring.since_ms) / 1000;
  const Totals &now = known.grown, &then = ring.since;
  point.records_per_s = static_cast<float>((now.records - then.records) / seconds);
  point.bytes_per_s = static_cast<float>((now.bytes - then.bytes) / seconds);
  point.failures_per_s = static_cast<float>((now.failures - then.failures) / seconds);
  point.put_s = now.puts.since(then.puts);
  for (size_t leg = 0; leg < point.latency_s.size(); ++leg) point.latency_s[leg] = now.legs[leg].since(then.legs[leg]);
  return point;
}

void History::take(int64_t now_ms, Span span, const Known& known, Ring& ring) {
  constexpr int64_t kSlackMs = 100;  // whoever waits a second may have waited a little less by the wall
  if (now_ms - ring.since_ms < every_ms(span) - kSlackMs) return;
  ring.points.push_back(point(now_ms, known, ring));
  if (ring.points.size() > kPoints) ring.points.pop_front();
  ring.since_ms = now_ms;
  ring.since = known.grown;
}

void History::add(int64_t now_ms, std::span<const ConnectorFigures> connectors) {
  std::erase_if(known_, [&](const auto& known) {
    return std::ranges::none_of(connectors, [&](const ConnectorFigures& connector) { return connector.status.name == known.first; });
  });
  for (const ConnectorFigures& connector : connectors) {
    const auto [at, is_new] = known_.try_emplace(connector.status.name);
    Known& known = at->second;
    known.lag = -1;
    const size_t tasks_before = known.tasks.size();
    known.tasks.resize(connector.tasks.size());
    for (size_t i = 0; i < connector.tasks.size(); ++i) {
      Totals now = totals_of(connector.tasks[i]);
      // What a task did before we looked for the first time was not in our first second.
      if (!is_new || i < tasks_before) grow(known.grown, now, known.tasks[i]);
      known.tasks[i] = std::move(now);
      if (const int64_t lag = connector.tasks[i].lag(); lag >= 0) known.lag = std::max<int64_t>(known.lag, 0) + lag;
    }
    if (is_new) {
      known.minutes.since_ms = known.hours.since_ms = now_ms;
      continue;
    }
    take(now_ms, Span::minutes, known, known.minutes);
    take(now_ms, Span::hours, known, known.hours);
  }
}

std::vector<HistoryPoint> History::of(const std::string& connector, Span span) const {
  const auto at = known_.find(connector);
  if (at == known_.end()) return {};
  const auto& points = (span == Span::minutes ? at->second.minutes : at->second.hours).points;
  return {points.begin(), points.end()};
}

HistoryPoint History::now(const std::string& connector) const {
  const auto at = known_.find(connector);
  if (at == known_.end() || at->second.minutes.points.empty()) return {};
  const std::deque<HistoryPoint>& points = at->second.minutes.points;
  const auto first = std::ranges::find_if(points, [&](const HistoryPoint& point) { return points.back().at_ms - point.at_ms < kNowMs; });
  const auto mean = [&](auto&& value) {
    float sum = 0, count = 0;
    for (auto point = first; point != points.end(); ++point)
      if (const float one = value(*point); one != HistoryPoint::kNone) {
        sum += one;
        ++count;
      }
    return count > 0 ? sum / count : HistoryPoint::kNone;
  };
  HistoryPoint now;
  now.at_ms = points.back().at_ms;
  now.lag = points.back().lag;
  now.records_per_s = mean([](const HistoryPoint& point) { return point.records_per_s; });
  now.bytes_per_s = mean([](const HistoryPoint& point) { return point.bytes_per_s; });
  now.failures_per_s = mean([](const HistoryPoint& point) { return point.failures_per_s; });
  now.put_s = mean([](const HistoryPoint& point) { return point.put_s; });
  for (size_t leg = 0; leg < now.latency_s.size(); ++leg) now.latency_s[leg] = mean([&](const HistoryPoint& point) { return point.latency_s[leg]; });
  return now;
}

}  // namespace sluice
