// What crosses between host and worker comes out as it went in.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "worker/figures_json.h"
#include "worker/frames.h"

using namespace sluice;

namespace {

template <class Value, class Write, class Read>
Value there_and_back(const Value& value, Write write, Read read) {
  JsonWriter json;
  write(json, value);
  return read(std::get<JsonValue>(parse_json(json.result())));
}

}  // namespace

TEST_CASE("worker: figures cross with their histograms and the plugin's metrics") {
  TaskFigures figures;
  figures.read = 1;
  figures.written = uint64_t{1} << 60;
  figures.hangs = 3;
  figures.last_error_ms = 1700000000123;
  figures.put_seconds.observe(0.25, 2);
  figures.put_seconds.observe(1e9);
  figures.partitions = {{{"orders", 3}, 17, 20}, {{"a.b", 0}, -1, -1}};
  PluginMetric metric;
  metric.kind = PluginMetric::Kind::histogram;
  metric.name = "latency_seconds";
  metric.help = "said \"so\"";
  metric.labels = {{"stage", "x"}};
  metric.histogram.emplace(std::vector<double>{0.1, 1.5});
  metric.histogram->observe(0.1);
  figures.plugin = {metric};

  const TaskFigures back = there_and_back(figures, write_figures, read_figures);
  CHECK(back.read == 1);
  CHECK(back.written == uint64_t{1} << 60);
  CHECK(back.hangs == 3);
  CHECK(back.last_error_ms == 1700000000123);
  CHECK(back.put_seconds.counts() == figures.put_seconds.counts());
  CHECK(back.put_seconds.bounds() == figures.put_seconds.bounds());
  CHECK(back.put_seconds.count() == 3);
  CHECK(back.put_seconds.sum() == figures.put_seconds.sum());
  REQUIRE(back.partitions.size() == 2);
  CHECK(back.partitions[0].name == figures.partitions[0].name);
  CHECK(back.partitions[0].lag() == 3);
  CHECK(!back.partitions[1].is_known());
  REQUIRE(back.plugin.size() == 1);
  CHECK(back.plugin[0].kind == PluginMetric::Kind::histogram);
  CHECK(back.plugin[0].help == metric.help);
  CHECK(back.plugin[0].labels == metric.labels);
  CHECK(back.plugin[0].histogram->counts() == metric.histogram->counts());
}

TEST_CASE("worker: a report crosses") {
  TaskReport report;
  report.state = TaskReport::State::failed;
  report.trace = "one\ntwo \x01";
  report.condition = "waiting";
  report.partitions = 4;
  report.time_may_mend = report.stuck = true;
  const TaskReport back = there_and_back(report, write_report, read_report);
  CHECK(back.state == report.state);
  CHECK(back.trace == report.trace);
  CHECK(back.condition == report.condition);
  CHECK(back.partitions == 4);
  CHECK((back.time_may_mend && back.stuck && !back.hangs));
}

TEST_CASE("worker: texts come out of the socket whole, however they went in") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  FrameWriter writer;
  FrameReader reader;
  const std::string large(3'000'000, 'x');
  writer.add("one");
  writer.add("");
  writer.add(large);
  std::vector<std::string> got;
  while (got.size() < 3) {
    REQUIRE(writer.write(ends[0]));
    REQUIRE(reader.read(ends[1]) != FrameReader::Got::end);
    while (auto text = reader.next()) got.push_back(*text);
  }
  CHECK(got == std::vector<std::string>{"one", "", large});
  CHECK(!writer.waiting());
  CHECK(reader.read(ends[1]) == FrameReader::Got::nothing);
  close(ends[0]);
  CHECK(reader.read(ends[1]) == FrameReader::Got::end);
  close(ends[1]);
}
