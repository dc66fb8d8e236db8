#include "metrics/exposition.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace sluice;

namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) found.push_back(line);
  return found;
}

bool has(const std::string& text, const std::string& line) { return std::ranges::count(lines(text), line) == 1; }

ConnectorFigures connector(const std::string& name, TaskFigures figures) {
  ConnectorFigures one;
  one.status.name = name;
  one.status.state = State::running;
  one.status.version = "0.1.0";
  one.status.tasks.push_back({0, State::running, "", "", false});
  one.plugin = "debezium-postgres-sink";
  one.tasks.push_back(std::move(figures));
  return one;
}

std::string text_of(const ConnectorFigures& one) { return exposition(std::span(&one, 1), ProcessFigures{}); }

}  // namespace

TEST_CASE("exposition: what a task has counted stands under Connect's words, with connector and task") {
  TaskFigures figures;
  figures.read = 12;
  figures.sent = 13;
  figures.rejected = 2;
  figures.restarts = 3;
  figures.partitions = {{{"orders", 0}, 40, 100}, {{"orders", 1}, -1, 7}};
  const std::string text = text_of(connector("c1", figures));
  CHECK(has(text, "sluice_sink_task_sink_record_read_total{connector=\"c1\",task=\"0\"} 12"));
  CHECK(has(text, "sluice_sink_task_sink_record_send_total{connector=\"c1\",task=\"0\"} 13"));
  CHECK(has(text, "sluice_task_error_record_failures_total{connector=\"c1\",task=\"0\"} 2"));
  CHECK(has(text, "sluice_task_error_failures_total{connector=\"c1\",task=\"0\",class=\"restart\"} 3"));
  CHECK(has(text, "sluice_sink_task_partition_lag{connector=\"c1\",task=\"0\",topic=\"orders\",partition=\"0\"} 60"));
  CHECK(has(text, "sluice_sink_task_sink_record_lag{connector=\"c1\",task=\"0\"} 60"));
  // Of a partition that is not claimed yet no lag is known, which is not the same as none.
  CHECK(text.find("partition_lag{connector=\"c1\",task=\"0\",topic=\"orders\",partition=\"1\"}") == std::string::npos);
}

TEST_CASE("exposition: states are 1 for what is so and 0 for what is not, and a failed task stays") {
  ConnectorFigures one = connector("c1", {});
  one.status.state = one.status.tasks[0].state = State::failed;
  const std::string text = text_of(one);
  CHECK(has(text, "sluice_connector_status{connector=\"c1\",status=\"failed\"} 1"));
  CHECK(has(text, "sluice_connector_status{connector=\"c1\",status=\"running\"} 0"));
  CHECK(has(text, "sluice_connector_task_status{connector=\"c1\",task=\"0\",status=\"failed\"} 1"));
  CHECK(has(text, "sluice_connect_worker_connector_tasks{connector=\"c1\",status=\"failed\"} 1"));
}

TEST_CASE("exposition: who waits for its database is not who waits for a person") {
  ConnectorFigures one = connector("c1", {});
  one.status.tasks[0].condition = "waiting for the database";
  CHECK(has(text_of(one), "sluice_connector_task_waiting{connector=\"c1\",task=\"0\"} 1"));
  one.status.tasks[0].condition = "blocked: no such table";
  CHECK(has(text_of(one), "sluice_connector_task_waiting{connector=\"c1\",task=\"0\"} 0"));
  CHECK(has(text_of(one), "sluice_connector_task_blocked{connector=\"c1\",task=\"0\"} 1"));
}

TEST_CASE("exposition: a histogram counts upwards and ends with all") {
  TaskFigures figures;
  for (const double seconds : {0.0004, 0.003, 0.003, 5000.0}) figures.put_seconds.observe(seconds);
  const std::string text = text_of(connector("c1", figures));
  const std::string name = "sluice_sink_task_put_batch_time_seconds";
  CHECK(has(text, name + "_bucket{connector=\"c1\",task=\"0\",le=\"0.0005\"} 1"));
  CHECK(has(text, name + "_bucket{connector=\"c1\",task=\"0\",le=\"600\"} 3"));
  CHECK(has(text, name + "_bucket{connector=\"c1\",task=\"0\",le=\"+Inf\"} 4"));
  CHECK(has(text, name + "_count{connector=\"c1\",task=\"0\"} 4"));
}

TEST_CASE("exposition: a plugin's metrics bear its name, and its legs of the way stand with the host's") {
  TaskFigures figures;
  figures.plugin.push_back({PluginMetric::Kind::counter, "changes", "Changes.", {{"operation", "insert"}}, 5, {}});
  figures.plugin.push_back({PluginMetric::Kind::histogram, "latency_seconds", "x", {{"stage", "source_to_debezium"}}, 0, Histogram({1})});
  const std::string text = text_of(connector("c1", figures));
  CHECK(has(text, "sluice_debezium_postgres_sink_changes_total{connector=\"c1\",task=\"0\",operation=\"insert\"} 5"));
  for (const char* stage : {"source_to_debezium", "kafka_to_sluice", "sluice_to_durable"})
    CHECK(has(text, std::string("sluice_latency_seconds_count{connector=\"c1\",task=\"0\",stage=\"") + stage + "\"} 0"));
}

TEST_CASE("exposition: each family is described once, before its values, however many connectors there are") {
  const std::vector<ConnectorFigures> all{connector("c1", {}), connector("c2", {})};
  std::set<std::string> described;
  for (const std::string& line : lines(exposition(all, ProcessFigures{})))
    if (line.starts_with("# TYPE ")) CHECK(described.insert(line.substr(7, line.find(' ', 7) - 7)).second);
  CHECK(described.size() > 30);
}

TEST_CASE("exposition: a name that would break out of its label is escaped") {
  const std::string text = text_of(connector("a\"b\\c\nd", {}));
  CHECK(text.find("connector=\"a\\\"b\\\\c\\nd\"") != std::string::npos);
}

TEST_CASE("exposition: a task with very many partitions shows its lag as a whole, and of the first ones each") {
  TaskFigures figures;
  for (int i = 0; i < 3000; ++i) figures.partitions.push_back({{"orders", i}, 0, 1});
  const std::string text = text_of(connector("c1", figures));
  CHECK(has(text, "sluice_sink_task_sink_record_lag{connector=\"c1\",task=\"0\"} 3000"));
  CHECK(std::ranges::count_if(lines(text), [](const std::string& line) { return line.starts_with("sluice_sink_task_partition_lag{"); }) == 1000);
}

TEST_CASE("s22: ten thousand topics make no more labels than one topic of a thousand partitions") {
  const auto figures_of = [](int topics) {
    TaskFigures figures;
    for (int i = 0; i < topics; ++i) figures.partitions.push_back({{"topic" + std::to_string(i), 0}, 0, 1});
    return figures;
  };
  const auto of_many = lines(text_of(connector("c1", figures_of(10'000)))), of_some = lines(text_of(connector("c1", figures_of(1'000))));
  CHECK(of_many.size() == of_some.size());
  CHECK(std::ranges::count_if(of_many, [](const std::string& line) { return line.starts_with("sluice_sink_task_partition_lag{"); }) == 1000);
  CHECK(has(text_of(connector("c1", figures_of(10'000))), "sluice_sink_task_sink_record_lag{connector=\"c1\",task=\"0\"} 10000"));
}

TEST_CASE("exposition: the process tells of itself") {
  const ProcessFigures self = process_figures();
  CHECK(self.resident_bytes > 1 << 20);
  CHECK(self.open_files >= 3);
  CHECK(self.most_files >= self.open_files);
  CHECK(self.threads >= 1);
  CHECK(self.start_seconds > 1.7e9);
  for (int i = 0; i < 1000; ++i) REQUIRE(process_figures().start_seconds == self.start_seconds);  // else it would look like a new start
}
