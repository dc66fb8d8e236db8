#include "plugin/metric_store.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using sluice::MetricStore;
using sluice::PluginMetric;

namespace {

uint32_t define(MetricStore& store, int32_t kind, const char* name, std::vector<sluice_pair> labels = {}, std::vector<double> bounds = {}) {
  return store.define(kind, name, "help", labels, bounds);
}

void update(MetricStore& store, uint32_t metric, std::vector<double> values) { store.update(metric, values); }

}  // namespace

TEST_CASE("metric store: a counter adds, a gauge is set, a histogram counts in its buckets") {
  MetricStore store;
  const uint32_t rows = define(store, SLUICE_COUNTER, "rows"), depth = define(store, SLUICE_GAUGE, "depth"),
                 time = define(store, SLUICE_HISTOGRAM, "time_seconds", {}, {1, 2});
  update(store, rows, {2, 3});
  update(store, depth, {7, 5});
  update(store, time, {0.5, 1, 1.5, 9});
  const std::vector<PluginMetric> read = store.read();
  REQUIRE(read.size() == 3);
  CHECK(read[0].value == 5);
  CHECK(read[1].value == 5);
  CHECK(read[2].histogram->counts() == std::vector<uint64_t>{2, 1, 1});
  CHECK(read[2].histogram->sum() == 12);
}

TEST_CASE("metric store: one name may have several labels, but one kind") {
  MetricStore store;
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"operation", "insert"}}) == 1);
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"operation", "update"}}) == 2);
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"operation", "update"}}) == 0);
  CHECK(define(store, SLUICE_GAUGE, "rows", {{"operation", "delete"}}) == 0);
}

TEST_CASE("metric store: what Prometheus could not take is refused") {
  MetricStore store;
  for (const char* name : {"", "1rows", "ro ws", "rows\n", "a:b"}) CHECK(define(store, SLUICE_COUNTER, name) == 0);
  CHECK(store.define(SLUICE_COUNTER, nullptr, nullptr, {}, {}) == 0);
  CHECK(define(store, 17, "rows") == 0);
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"task", "7"}}) == 0);
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"connector", "x"}}) == 0);
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"kind", "\xff"}}) == 0);
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"kind", nullptr}}) == 0);
  CHECK(define(store, SLUICE_HISTOGRAM, "time", {{"le", "1"}}) == 0);
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"__name__", "x"}}) == 0);
  CHECK(define(store, SLUICE_COUNTER, "rows", {{"kind", "a"}, {"kind", "b"}}) == 0);
  CHECK(define(store, SLUICE_HISTOGRAM, "latency_seconds", {{"stage", "kafka_to_sluice"}}) == 0);
  CHECK(define(store, SLUICE_HISTOGRAM, "time", {}, {2, 1}) == 0);
  CHECK(define(store, SLUICE_HISTOGRAM, "time", {}, {1, 1}) == 0);
  CHECK(define(store, SLUICE_HISTOGRAM, "time", {}, {1, INFINITY}) == 0);
  CHECK(store.read().empty());
}

TEST_CASE("metric store: two names that are exported as one, and a text of several lines, harm nobody") {
  MetricStore store;
  CHECK(define(store, SLUICE_COUNTER, "rows") == 1);
  CHECK(define(store, SLUICE_COUNTER, "rows_total") == 0);
  CHECK(store.define(SLUICE_GAUGE, "depth", "one\ntwo", {}, {}) == 2);
  CHECK(store.read()[1].help == "one\\ntwo");
}

TEST_CASE("metric store: a plugin that makes one after the other is stopped, and unknown numbers harm nothing") {
  MetricStore store;
  uint32_t accepted = 0;
  for (int i = 0; i < 1000; ++i) accepted += define(store, SLUICE_COUNTER, ("rows_" + std::to_string(i)).c_str()) != 0;
  CHECK(accepted == 200);
  update(store, 0, {1});
  update(store, 4711, {1});
  update(store, 1, {NAN, -3});  // a counter never falls
  CHECK(store.read()[0].value == 0);
}
