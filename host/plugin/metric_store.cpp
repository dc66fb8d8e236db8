#include "plugin/metric_store.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "base/utf8.h"

namespace sluice {
namespace {

// Each is exported for each task.
constexpr size_t kMost = 200;
constexpr size_t kMostLabels = 5, kMostBounds = 50, kLongest = 200;

// Prometheus's rule for names without its colon, which is for rules.
bool is_name(const char* text) {
  if (!text || !*text || std::strlen(text) > kLongest || (*text >= '0' && *text <= '9')) return false;
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return std::all_of(text, text + std::strlen(text), fits);
}

bool is_label(const sluice_pair& label) {
  // These are the host's, or Prometheus's own.
  if (!is_name(label.name) || !label.value || std::strlen(label.value) > kLongest || !valid_utf8(label.value)) return false;
  const std::string_view name = label.name;
  return name != "connector" && name != "task" && name != "le" && !name.starts_with("__");
}

// Under which it is exported: a counter without _total gets it.
std::string_view stem(std::string_view name) { return name.ends_with("_total") ? name.substr(0, name.size() - 6) : name; }

bool is_leg_of_the_host(const PluginMetric& metric) {
  const auto host = [](const auto& label) {
    return label.first == kStageLabel && (label.second == kKafkaToSluice || label.second == kSluiceToDurable);
  };
  return metric.name == kLatencyMetric && std::ranges::any_of(metric.labels, host);
}

std::optional<PluginMetric::Kind> kind_of(int32_t kind) {
  switch (kind) {
    case SLUICE_COUNTER: return PluginMetric::Kind::counter;
    case SLUICE_GAUGE: return PluginMetric::Kind::gauge;
    case SLUICE_HISTOGRAM: return PluginMetric::Kind::histogram;
    default: return std::nullopt;
  }
}

}  // namespace

uint32_t MetricStore::define(int32_t kind, const char* name, const char* help, std::span<const sluice_pair> labels,
                             std::span<const double> bounds) {
  const auto known = kind_of(kind);
  if (!known || !is_name(name) || labels.size() > kMostLabels || !std::ranges::all_of(labels, is_label)) return 0;
  const bool ascend = std::ranges::adjacent_find(bounds, std::greater_equal<>{}) == bounds.end();
  if (bounds.size() > kMostBounds || !ascend || !std::ranges::all_of(bounds, [](double bound) { return std::isfinite(bound); })) return 0;

  PluginMetric metric;
  metric.kind = *known;
  metric.name = name;
  metric.help = help && valid_utf8(help) ? printable(help, kLongest) : "";
  for (const sluice_pair& label : labels) metric.labels.emplace_back(label.name, label.value);
  std::ranges::sort(metric.labels);
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::ranges::adjacent_find(metric.labels, same_name) != metric.labels.end() || is_leg_of_the_host(metric)) return 0;
  if (*known == PluginMetric::Kind::histogram)
    metric.histogram.emplace(bounds.empty() ? time_bounds() : std::vector<double>(bounds.begin(), bounds.end()));

  const std::lock_guard lock(mutex_);
  const auto clashes = [&](const PluginMetric& other) {
    return stem(other.name) == stem(metric.name) && (other.name != metric.name || other.kind != metric.kind || other.labels == metric.labels);
  };
  if (metrics_.size() == kMost || std::ranges::any_of(metrics_, clashes)) return 0;
  metrics_.push_back(std::move(metric));
  return static_cast<uint32_t>(metrics_.size());
}

void MetricStore::update(uint32_t metric, std::span<const double> values) {
  const std::lock_guard lock(mutex_);
  if (metric == 0 || metric > metrics_.size()) return;
  PluginMetric& one = metrics_[metric - 1];
  for (const double value : values) {
    if (std::isnan(value)) continue;
    switch (one.kind) {
      case PluginMetric::Kind::counter: one.value += std::max(value, 0.0); break;
      case PluginMetric::Kind::gauge: one.value = value; break;
      case PluginMetric::Kind::histogram: one.histogram->observe(value); break;
    }
  }
}

std::vector<PluginMetric> MetricStore::read() const {
  const std::lock_guard lock(mutex_);
  return metrics_;
}

}  // namespace sluice
