#include "metrics/history.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace sluice;

namespace {

ConnectorFigures connector(std::vector<TaskFigures> tasks, const std::string& name = "c") {
  ConnectorFigures one;
  one.status.name = name;
  for (size_t i = 0; i < tasks.size(); ++i) one.status.tasks.push_back({static_cast<int>(i), State::running, "", "", false});
  one.tasks = std::move(tasks);
  return one;
}

TaskFigures written(uint64_t records) {
  TaskFigures figures;
  figures.written = records;
  return figures;
}

void add(History& history, int64_t now_ms, const ConnectorFigures& one) { history.add(now_ms, std::span(&one, 1)); }

}  // namespace

TEST_CASE("history: a rate is what was added in a second, and the first look adds nothing") {
  History history;
  add(history, 1000, connector({written(5000)}));
  CHECK(history.of("c", History::Span::minutes).empty());
  add(history, 2000, connector({written(5300)}));
  add(history, 4000, connector({written(5300)}));
  const auto points = history.of("c", History::Span::minutes);
  REQUIRE(points.size() == 2);
  CHECK(points[0].records_per_s == 300);
  CHECK(points[0].at_ms == 2000);
  CHECK(points[1].records_per_s == 0);
}

TEST_CASE("history: tasks add up, and one that starts again goes on where it stood") {
  History history;
  add(history, 1000, connector({written(100), written(200)}));
  add(history, 2000, connector({written(110), written(205)}));
  add(history, 3000, connector({written(4), written(206)}));
  add(history, 4000, connector({written(5)}));
  add(history, 5000, connector({written(5), written(7)}));
  const auto points = history.of("c", History::Span::minutes);
  REQUIRE(points.size() == 4);
  CHECK(points[0].records_per_s == 15);
  CHECK(points[1].records_per_s == 5);
  CHECK(points[2].records_per_s == 1);
  CHECK(points[3].records_per_s == 7);
}

TEST_CASE("history: a time is the mean of what happened since the last point; where nothing did there is none") {
  History history;
  TaskFigures figures;
  figures.put_seconds.observe(100);
  figures.kafka_to_sluice.observe(100);
  add(history, 1000, connector({figures}));
  figures.put_seconds.observe(2);
  figures.put_seconds.observe(4);
  figures.kafka_to_sluice.observe(0.5);
  figures.plugin.push_back({PluginMetric::Kind::histogram, "latency_seconds", "", {{"stage", "source_to_debezium"}}, 0, Histogram({1})});
  figures.plugin[0].histogram->observe(7);
  add(history, 2000, connector({figures}));
  add(history, 3000, connector({figures}));
  const auto points = history.of("c", History::Span::minutes);
  REQUIRE(history.legs() == std::vector<std::string>{"kafka_to_sluice", "sluice_to_durable", "source_to_debezium"});
  CHECK(points[0].put_s == 3);
  CHECK(points[0].latency_s[0] == 0.5f);
  CHECK(points[0].latency_s[1] == HistoryPoint::kNone);
  CHECK(points[0].latency_s[2] == 7);
  CHECK(points[1].put_s == HistoryPoint::kNone);
}

TEST_CASE("history: now is the mean of the last five seconds") {
  History history;
  uint64_t all = 0;
  add(history, 0, connector({written(all)}));
  for (int second = 1; second <= 10; ++second) add(history, second * 1000, connector({written(all += second <= 5 ? 1000 : 10)}));
  CHECK(history.now("c").records_per_s == 10);
  CHECK(history.now("c").at_ms == 10'000);
  CHECK(history.now("unknown").at_ms == 0);
}

TEST_CASE("history: the rings have an end, the hours are longer, and who is deleted is forgotten") {
  History history;
  for (int64_t second = 0; second <= 3 * 3600; ++second) add(history, second * 1000, connector({written(static_cast<uint64_t>(second))}));
  CHECK(history.of("c", History::Span::minutes).size() == History::kPoints);
  const auto hours = history.of("c", History::Span::hours);
  CHECK(hours.size() == 180);
  CHECK(hours.back().records_per_s == 1);
  add(history, 4 * 3600 * 1000, connector({}, "another"));
  CHECK(history.of("c", History::Span::minutes).empty());
}

TEST_CASE("history: a plugin that names ever new legs fills no memory") {
  History history;
  TaskFigures figures;
  for (int i = 0; i < 100; ++i)
    figures.plugin.push_back({PluginMetric::Kind::histogram, "latency_seconds", "", {{"stage", std::to_string(i)}}, 0, Histogram({1})});
  add(history, 1000, connector({figures}));
  CHECK(history.legs().size() == HistoryPoint::kLegs);
}

TEST_CASE("history: a lag that nobody knows is not none") {
  History history;
  TaskFigures blocked = written(0), claimed = written(0);
  blocked.partitions = {{{"t", 0}, -1, 100}};
  claimed.partitions = {{{"t", 1}, 90, 100}, {{"t", 2}, -1, -1}};
  add(history, 1000, connector({blocked}));
  add(history, 2000, connector({blocked}));
  CHECK(history.now("c").lag == -1);
  add(history, 3000, connector({blocked, claimed}));
  CHECK(history.now("c").lag == 10);
}
