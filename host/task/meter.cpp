#include "task/meter.h"

#include <algorithm>
#include <utility>

#include "base/wall_clock.h"

namespace sluice {
namespace {

// Of a large batch so many records stand for all: their times lie close together.
constexpr size_t kSamples = 256;
constexpr size_t kMostWaiting = 10000;  // batches; a sink that is not durable for so long has other troubles

}  // namespace

void TaskMeter::received(std::span<const Record> records) {
  uint64_t bytes = 0;
  for (const Record& record : records) bytes += record.bytes();
  with([&](TaskFigures& figures) {
    figures.read += records.size();
    figures.read_bytes += bytes;
  });
}

void TaskMeter::accepted(std::span<const BatchPart> parts) {
  const int64_t now = wall_ms();
  size_t all = 0;
  for (const BatchPart& part : parts) all += part.records.size();
  const size_t step = std::max<size_t>(1, all / kSamples);
  with([&](TaskFigures& figures) {
    size_t number = 0;
    for (const BatchPart& part : parts)
      for (const Record& record : part.records) {
        if (number++ % step != 0 || record.timestamp_ms < 0) continue;
        // Another machine's clock may be ahead of ours.
        figures.kafka_to_sluice.observe(static_cast<double>(std::max<int64_t>(0, now - record.timestamp_ms)) / 1000);
      }
  });
}

void TaskMeter::put(const LentBatch& view, std::chrono::nanoseconds took) {
  with([&](TaskFigures& figures) {
    figures.sent += view.record_count;
    if (view.record_count == 0) return;  // positions alone
    figures.batch_records.observe(view.record_count);
    figures.put_seconds.observe(std::chrono::duration<double>(took).count());
  });
}

void TaskMeter::taken(const LentBatch& view, uint64_t written) {
  with([&](TaskFigures& figures) { figures.written += written; });
  if (written > 0 && waiting_.size() < kMostWaiting)
    waiting_.push_back({Clock::Time(std::chrono::nanoseconds(view.received_ns)), std::min<uint64_t>(written, kSamples)});
}

void TaskMeter::durable(Clock::Time now) {
  if (waiting_.empty()) return;
  with([&](TaskFigures& figures) {
    for (const Waiting& batch : waiting_)
      figures.sluice_to_durable.observe(std::chrono::duration<double>(now - batch.received).count(), batch.records);
  });
  waiting_.clear();
}

void TaskMeter::dropped() { waiting_.clear(); }

void TaskMeter::answered(Verdict verdict) {
  with([&](TaskFigures& figures) {
    switch (verdict) {
      case Verdict::ok: return;
      case Verdict::retry: ++figures.retries; break;
      case Verdict::restart: ++figures.restarts; break;
      case Verdict::bad_data: ++figures.refusals; break;
      case Verdict::fatal: ++figures.failures; break;
    }
    figures.last_error_ms = wall_ms();
  });
}

void TaskMeter::hold(PartitionHandle partition, const TopicPartition& name, int64_t read_until, int64_t durable_until) {
  const std::lock_guard lock(mutex_);
  Place& place = places_[partition];
  if (place.name.topic.empty()) place.name = name;
  place.read_until = read_until;
  place.durable_until = durable_until;
}

void TaskMeter::let_go(PartitionHandle partition) {
  const std::lock_guard lock(mutex_);
  places_.erase(partition);
}

TaskFigures TaskMeter::figures() const {
  const std::lock_guard lock(mutex_);
  TaskFigures figures = figures_;
  for (const auto& [handle, place] : places_) {
    figures.partitions.push_back({place.name, place.durable_until, -1});
    if (place.durable_until >= 0 && place.read_until > place.durable_until)
      figures.active += static_cast<uint64_t>(place.read_until - place.durable_until);
  }
  return figures;
}

}  // namespace sluice
