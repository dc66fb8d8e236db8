// Numbers counted in buckets, as Prometheus has them. One thread at a time.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sluice {

class Histogram {
 public:
  // `bounds`: upper bounds of the buckets, inclusive and ascending. What is above the last one goes into one more.
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  // One that was counted elsewhere. As many counts as there are buckets; what is too many is left out.
  Histogram(std::vector<double> bounds, std::vector<uint64_t> counts, double sum) : Histogram(std::move(bounds)) {
    for (size_t i = 0; i < std::min(counts.size(), counts_.size()); ++i) count_ += counts_[i] = counts[i];
    sum_ = sum;
  }

  void observe(double value, uint64_t times = 1) {
    counts_[static_cast<size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin())] += times;
    count_ += times;
    sum_ += value * static_cast<double>(times);
  }

  const std::vector<double>& bounds() const { return bounds_; }
  const std::vector<uint64_t>& counts() const { return counts_; }  // of each bucket alone
  uint64_t count() const { return count_; }
  double sum() const { return sum_; }

 private:
  std::vector<double> bounds_;
  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
  double sum_ = 0;
};

// For times in seconds: half a millisecond is a quick commit, ten minutes an outage.
inline std::vector<double> time_bounds() {
  return {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600};
}

}  // namespace sluice
