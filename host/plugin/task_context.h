// What is behind a plugin's `ctx`: the host's handle for one task. The host table's functions get it back from any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/log_context.h"
#include "base/outcome.h"
#include "plugin/metric_store.h"
#include "task/batch.h"
#include "task/rejects.h"

struct sluice_ctx {
  sluice::LogFields about;                  // connector and task; fixed
  sluice::Rejects* rejects = nullptr;       // the task's; fixed
  std::atomic<bool> stopping{false};        // the call in progress was interrupted
  std::atomic<bool> commit_wanted{false};

  std::mutex mutex;
  sluice::BatchView current;                // guarded by mutex: the batch of the put() in progress
  sluice::Outcome refusal;                  // guarded by mutex: why reject_many() refused records of `current`
  std::map<const sluice_batch*, std::pair<sluice::BatchView, int>> retained;  // guarded by mutex: with a count
  std::atomic<uint64_t> retained_bytes{0};
  sluice::MetricStore metrics;              // locks for itself
};
