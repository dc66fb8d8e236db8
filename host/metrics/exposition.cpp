#include "metrics/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/version.h"
#include "metrics/memory.h"

namespace sluice {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;
using prometheus::ClientMetric;
using prometheus::MetricType;

// Of a task; those beyond count in its whole lag. A pattern of topics may match more than a Prometheus wants to keep.
constexpr size_t kMostPartitions = 1000;

constexpr State kStates[] = {State::running, State::paused, State::stopped, State::failed, State::restarting, State::unassigned};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Families by their names. One of a name has one kind and one help: who comes first says which.
class Families {
 public:
  void counter(const std::string& name, const char* help, Labels labels, double value) {
    if (ClientMetric* metric = add(name, help, MetricType::Counter, std::move(labels))) metric->counter.value = value;
  }
  void gauge(const std::string& name, const char* help, Labels labels, double value) {
    if (ClientMetric* metric = add(name, help, MetricType::Gauge, std::move(labels))) metric->gauge.value = value;
  }
  void histogram(const std::string& name, const char* help, Labels labels, const Histogram& from) {
    ClientMetric* metric = add(name, help, MetricType::Histogram, std::move(labels));
    if (!metric) return;
    metric->histogram.sample_count = from.count();
    metric->histogram.sample_sum = from.sum();
    uint64_t below = 0;
    for (size_t i = 0; i < from.bounds().size(); ++i)
      metric->histogram.bucket.push_back({below += from.counts()[i], from.bounds()[i]});
    metric->histogram.bucket.push_back({from.count(), std::numeric_limits<double>::infinity()});
  }

  std::string text() const {
    std::vector<prometheus::MetricFamily> all;
    for (const auto& [name, family] : families_) all.push_back(family);
    return prometheus::TextSerializer().Serialize(all);
  }

 private:
  // Null where the name is another kind's.
  ClientMetric* add(const std::string& name, const char* help, MetricType type, Labels labels) {
    prometheus::MetricFamily& family = families_[name];
    if (family.name.empty()) {
      family.name = name;
      family.help = help;
      family.type = type;
    }
    if (family.type != type) return nullptr;
    ClientMetric& metric = family.metric.emplace_back();
    for (auto& [label, value] : labels) metric.label.push_back({label, value});
    return &metric;
  }

  std::map<std::string, prometheus::MetricFamily> families_;
};

Labels with(Labels labels, const Labels& more) {
  labels.insert(labels.end(), more.begin(), more.end());
  return labels;
}

void add_process(Families& out, const ProcessFigures& process) {
  out.gauge("sluice_build_info", "Which sluice this is; always 1.", {{"version", kVersion}}, 1);
  out.counter("process_cpu_seconds_total", "Processor time of all threads, in user mode and in the kernel.", {}, process.cpu_seconds);
  out.gauge("process_start_time_seconds", "When the process started, since 1970.", {}, process.start_seconds);
  out.gauge("process_resident_memory_bytes", "Memory that is in use.", {}, static_cast<double>(process.resident_bytes));
  out.gauge("process_virtual_memory_bytes", "Addresses that are in use.", {}, static_cast<double>(process.virtual_bytes));
  out.gauge("process_open_fds", "File handles that are open.", {}, static_cast<double>(process.open_files));
  out.gauge("process_max_fds", "File handles that may be open.", {}, static_cast<double>(process.most_files));
  out.gauge("process_threads", "Threads.", {}, static_cast<double>(process.threads));
}

void add_states(Families& out, const ConnectorFigures& connector) {
  const ConnectorStatus& status = connector.status;
  const Labels name{{"connector", status.name}};
  for (const State state : kStates) {
    out.gauge("sluice_connector_status", "1 for the state that the connector is in, 0 for the others.", with(name, {{"status", lower(to_text(state))}}),
              status.state == state);
    out.gauge("sluice_connect_worker_connector_tasks", "Tasks of the connector in each state.", with(name, {{"status", lower(to_text(state))}}),
              static_cast<double>(std::ranges::count(status.tasks, state, &TaskStatus::state)));
  }
  const auto worker = std::ranges::find_if(status.tasks, [](const TaskStatus& task) { return task.process > 0; });
  if (worker != status.tasks.end())
    out.gauge("sluice_connector_worker_resident_memory_bytes", "Memory that the worker process of the connector has in use.", name,
              static_cast<double>(worker->process_bytes));
  const auto deaths = std::ranges::max_element(status.tasks, {}, &TaskStatus::process_deaths);
  if (worker != status.tasks.end() || (deaths != status.tasks.end() && deaths->process_deaths > 0))
    out.counter("sluice_connector_worker_deaths_total", "Worker processes of the connector that have ended unasked.", name,
                static_cast<double>(deaths->process_deaths));
  out.gauge("sluice_connector_info", "Which plugin the connector runs; always 1.",
            with(name, {{"connector_type", "sink"}, {"connector_class", connector.plugin}, {"connector_version", status.version}}), 1);
}

void add_condition(Families& out, const Labels& task, const TaskStatus& status) {
  for (const State state : kStates)
    out.gauge("sluice_connector_task_status", "1 for the state that the task is in, 0 for the others.", with(task, {{"status", lower(to_text(state))}}),
              status.state == state);
  const bool blocked = status.condition.starts_with("blocked");
  out.gauge("sluice_connector_task_waiting", "1 while a running task waits for something that comes by itself, such as its database.", task,
            !status.condition.empty() && !blocked && !status.condition.starts_with("memory"));
  out.gauge("sluice_connector_task_blocked", "1 while a running task waits for a person to mend something; its status says what.", task, blocked);
  out.gauge("sluice_connector_task_hanging", "1 while a call of the sink has lasted longer than put.timeout.ms.", task, status.hangs);
}

void add_work(Families& out, const Labels& task, const TaskFigures& figures) {
  const auto number = [](auto value) { return static_cast<double>(value); };
  out.counter("sluice_sink_task_sink_record_read_total", "Records read from Kafka; one that is read again counts again.", task, number(figures.read));
  out.counter("sluice_sink_task_sink_record_read_bytes_total", "Their keys and values.", task, number(figures.read_bytes));
  out.counter("sluice_sink_task_sink_record_send_total", "Records given to the sink's put(); one that is given again counts again.", task,
              number(figures.sent));
  out.counter("sluice_sink_task_sink_record_written_total", "Records that the sink has taken.", task, number(figures.written));
  out.gauge("sluice_sink_task_sink_record_active", "Records read and not yet durable in the sink.", task, number(figures.active));
  out.gauge("sluice_sink_task_partitions", "Partitions that the consumer group gave to the task.", task, number(figures.partitions.size()));
  out.counter("sluice_sink_task_offset_commit_completion_total", "Commits of positions to Kafka, which lag tools read.", task, number(figures.commits));
  out.histogram("sluice_sink_task_batch_records", "Records of a batch that was given to put().", task, figures.batch_records);
  out.histogram("sluice_sink_task_put_batch_time_seconds", "How long put() took for a batch.", task, figures.put_seconds);

  out.counter("sluice_task_error_record_failures_total", "Records given up on, each once.", task, number(figures.rejected));
  out.counter("sluice_task_error_deadletterqueue_produce_requests_total", "Records that the dead-letter topic has taken.", task, number(figures.letters));
  out.counter("sluice_task_error_deadletterqueue_produce_failures_total", "Tries to send one that failed.", task, number(figures.letter_failures));
  const char* answers = "Times that the task could not go on, by what mends it: retry (time), restart (a new sink), data (a record), fatal (a person).";
  for (const auto& [name, count] : figures.by_class())
    out.counter("sluice_task_error_failures_total", answers, with(task, {{"class", name}}), number(count));
  out.counter("sluice_sink_task_sink_hangs_total", "Calls of the sink that lasted longer than put.timeout.ms.", task, number(figures.hangs));
  out.gauge("sluice_task_error_last_error_timestamp_seconds", "When a call failed last, since 1970; 0: never.", task, number(figures.last_error_ms) / 1000);
}

void add_partitions(Families& out, const Labels& task, const TaskFigures& figures) {
  if (figures.lag() >= 0)
    out.gauge("sluice_sink_task_sink_record_lag", "Offsets between position and end, of all partitions of the task.", task, static_cast<double>(figures.lag()));
  for (const PartitionFigures& partition : std::span(figures.partitions).first(std::min(figures.partitions.size(), kMostPartitions))) {
    const Labels where = with(task, {{"topic", partition.name.topic}, {"partition", std::to_string(partition.name.partition)}});
    if (partition.position >= 0)
      out.gauge("sluice_sink_task_partition_position", "The next offset: what is before it is durable in the sink.", where, static_cast<double>(partition.position));
    if (partition.end >= 0) out.gauge("sluice_sink_task_partition_end", "The end of the partition's log.", where, static_cast<double>(partition.end));
    if (partition.is_known())
      out.gauge("sluice_sink_task_partition_lag", "Offsets between position and end.", where, static_cast<double>(partition.lag()));
  }
}

constexpr const char* kLatency = "sluice_latency_seconds";
constexpr const char* kLatencyHelp =
    "How long records took on each leg of their way, by the clocks of those they passed. Of a large batch some records stand for all.";

void add_plugin(Families& out, const Labels& task, const ConnectorFigures& connector, const TaskFigures& figures) {
  std::string prefix = "sluice_" + connector.plugin + "_";
  std::ranges::replace_if(prefix, [](unsigned char c) { return !std::isalnum(c); }, '_');
  for (const PluginMetric& metric : figures.plugin) {
    const bool is_leg = metric.name == kLatencyMetric && metric.histogram;
    const Labels labels = with(task, metric.labels);
    std::string name = prefix + metric.name;
    switch (metric.kind) {
      case PluginMetric::Kind::counter:
        if (!name.ends_with("_total")) name += "_total";
        out.counter(name, metric.help.c_str(), labels, metric.value);
        break;
      case PluginMetric::Kind::gauge:
        out.gauge(name, metric.help.c_str(), labels, metric.value);
        break;
      case PluginMetric::Kind::histogram:
        out.histogram(is_leg ? kLatency : name, is_leg ? kLatencyHelp : metric.help.c_str(), labels, *metric.histogram);
        break;
    }
  }
}

void add_latency(Families& out, const Labels& task, const TaskFigures& figures) {
  out.histogram(kLatency, kLatencyHelp, with(task, {{kStageLabel, kKafkaToSluice}}), figures.kafka_to_sluice);
  out.histogram(kLatency, kLatencyHelp, with(task, {{kStageLabel, kSluiceToDurable}}), figures.sluice_to_durable);
}

}  // namespace

std::string exposition(std::span<const ConnectorFigures> connectors, const ProcessFigures& process) {
  Families out;
  add_process(out, process);
  size_t tasks = 0;
  for (const ConnectorFigures& connector : connectors) {
    add_states(out, connector);
    tasks += connector.tasks.size();
    for (size_t i = 0; i < connector.tasks.size(); ++i) {
      const TaskStatus& status = connector.status.tasks[i];
      const Labels task{{"connector", connector.status.name}, {"task", std::to_string(status.id)}};
      add_condition(out, task, status);
      add_work(out, task, connector.tasks[i]);
      add_partitions(out, task, connector.tasks[i]);
      add_latency(out, task, connector.tasks[i]);
      add_plugin(out, task, connector, connector.tasks[i]);
    }
  }
  out.gauge("sluice_expected_memory_bytes", "What process_resident_memory_bytes should stay below: the bounds of the tasks in this process, and what a process needs.",
            {}, static_cast<double>(expected_memory(connectors)));
  out.gauge("sluice_connect_worker_connectors", "Connectors.", {}, static_cast<double>(connectors.size()));
  out.gauge("sluice_connect_worker_tasks", "Tasks.", {}, static_cast<double>(tasks));
  return out.text();
}

}  // namespace sluice
