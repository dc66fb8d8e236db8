#include "worker/figures_json.h"

#include <utility>

#include "base/json_read.h"

namespace sluice {
namespace {

// The numbers of TaskFigures by name: written and read from one list.
constexpr std::pair<const char*, uint64_t TaskFigures::*> kCounts[] = {
    {"read", &TaskFigures::read},         {"read_bytes", &TaskFigures::read_bytes}, {"sent", &TaskFigures::sent},
    {"written", &TaskFigures::written},   {"rejected", &TaskFigures::rejected},     {"active", &TaskFigures::active},
    {"retries", &TaskFigures::retries},   {"restarts", &TaskFigures::restarts},     {"refusals", &TaskFigures::refusals},
    {"failures", &TaskFigures::failures}, {"hangs", &TaskFigures::hangs},       {"commits", &TaskFigures::commits},       {"letters", &TaskFigures::letters},
    {"letter_failures", &TaskFigures::letter_failures}};
constexpr std::pair<const char*, Histogram TaskFigures::*> kHistograms[] = {{"batch_records", &TaskFigures::batch_records},
                                                                            {"put_seconds", &TaskFigures::put_seconds},
                                                                            {"kafka_to_sluice", &TaskFigures::kafka_to_sluice},
                                                                            {"sluice_to_durable", &TaskFigures::sluice_to_durable}};

void write(JsonWriter& json, const Histogram& histogram) {
  json.begin_object().key("bounds").begin_array();
  for (const double bound : histogram.bounds()) json.real(bound);
  json.end_array().key("counts").begin_array();
  for (const uint64_t count : histogram.counts()) json.number(static_cast<int64_t>(count));
  json.end_array().key("sum").real(histogram.sum()).end_object();
}

double real(const JsonValue& value) { return std::strtod(value.text.c_str(), nullptr); }

Histogram read_histogram(const JsonValue& json) {
  std::vector<double> bounds;
  std::vector<uint64_t> counts;
  for (const auto& [unused, bound] : member(json, "bounds").items) bounds.push_back(real(bound));
  for (const auto& [unused, count] : member(json, "counts").items) counts.push_back(std::strtoull(count.text.c_str(), nullptr, 10));
  return Histogram(std::move(bounds), std::move(counts), real(member(json, "sum")));
}

void write(JsonWriter& json, const PluginMetric& metric) {
  json.begin_object().key("kind").number(static_cast<int64_t>(metric.kind)).text("name", metric.name).text("help", metric.help);
  json.key("labels").begin_object();
  for (const auto& [label, value] : metric.labels) json.text(label, value);
  json.end_object().key("value").real(metric.value);
  if (metric.histogram) write(json.key("histogram"), *metric.histogram);
  json.end_object();
}

PluginMetric read_metric(const JsonValue& json) {
  PluginMetric metric;
  metric.kind = static_cast<PluginMetric::Kind>(integer_of(json, "kind"));
  metric.name = text_of(json, "name");
  metric.help = text_of(json, "help");
  for (const auto& [label, value] : member(json, "labels").items) metric.labels.emplace_back(label, value.text);
  metric.value = real(member(json, "value"));
  if (const JsonValue* histogram = json.find("histogram")) metric.histogram = read_histogram(*histogram);
  return metric;
}

}  // namespace

void write_report(JsonWriter& json, const TaskReport& report) {
  json.begin_object().key("state").number(static_cast<int64_t>(report.state)).text("trace", report.trace).text("condition", report.condition);
  json.key("partitions").number(report.partitions).key("time_may_mend").boolean(report.time_may_mend);
  json.key("hangs").boolean(report.hangs).key("stuck").boolean(report.stuck).end_object();
}

TaskReport read_report(const JsonValue& json) {
  TaskReport report;
  report.state = static_cast<TaskReport::State>(integer_of(json, "state"));
  report.trace = text_of(json, "trace");
  report.condition = text_of(json, "condition");
  report.partitions = static_cast<int>(integer_of(json, "partitions"));
  report.time_may_mend = flag_of(json, "time_may_mend");
  report.hangs = flag_of(json, "hangs");
  report.stuck = flag_of(json, "stuck");
  return report;
}

void write_figures(JsonWriter& json, const TaskFigures& figures) {
  json.begin_object();
  for (const auto& [name, count] : kCounts) json.key(name).number(static_cast<int64_t>(figures.*count));
  json.key("last_error_ms").number(figures.last_error_ms);
  for (const auto& [name, histogram] : kHistograms) write(json.key(name), figures.*histogram);
  json.key("partitions").begin_array();
  for (const PartitionFigures& partition : figures.partitions)
    json.begin_object().text("topic", partition.name.topic).key("partition").number(partition.name.partition).key("position").number(partition.position)
        .key("end").number(partition.end).end_object();
  json.end_array().key("plugin").begin_array();
  for (const PluginMetric& metric : figures.plugin) write(json, metric);
  json.end_array().end_object();
}

TaskFigures read_figures(const JsonValue& json) {
  TaskFigures figures;
  for (const auto& [name, count] : kCounts) figures.*count = static_cast<uint64_t>(integer_of(json, name));
  figures.last_error_ms = integer_of(json, "last_error_ms");
  for (const auto& [name, histogram] : kHistograms) figures.*histogram = read_histogram(member(json, name));
  for (const auto& [unused, partition] : member(json, "partitions").items)
    figures.partitions.push_back({{text_of(partition, "topic"), static_cast<int32_t>(integer_of(partition, "partition"))},
                                  integer_of(partition, "position"), integer_of(partition, "end")});
  for (const auto& [unused, metric] : member(json, "plugin").items) figures.plugin.push_back(read_metric(metric));
  return figures;
}

}  // namespace sluice
