// The metrics of one sink: defined by its plugin, updated from any of its threads, read by whoever shows them.
#pragma once
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "abi/sluice_plugin.h"
#include "task/figures.h"

namespace sluice {

class MetricStore {
 public:
  // A number from 1 on. 0: refused, since it has no proper name, kind or bounds, is there already, or is one too many.
  uint32_t define(int32_t kind, const char* name, const char* help, std::span<const sluice_pair> labels, std::span<const double> bounds);
  // A counter adds, a gauge is set, a histogram observes. An unknown number, or one that is no number, changes nothing.
  void update(uint32_t metric, std::span<const double> values);

  std::vector<PluginMetric> read() const;

 private:
  mutable std::mutex mutex_;
  std::vector<PluginMetric> metrics_;  // guarded by mutex_; the first is number 1
};

}  // namespace sluice
