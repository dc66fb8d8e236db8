// A task between a log and a store in memory, stepped by hand.
#pragma once
#include <doctest/doctest.h>

#include "fakes/fake_record_source.h"
#include "fakes/fake_store.h"
#include "fakes/manual_clock.h"
#include "task/sink_task.h"

namespace sluice {

using namespace std::chrono_literals;

struct TaskFixture {
  FakeRecordSource source;
  FakeStore store;
  ManualClock clock;
  SinkTraits traits{.owns_offsets = true, .wants_advance = true};
  SinkTaskOptions options{.backoff = {.first = 100ms, .max = 100ms}, .jitter_seed = 1};
  std::unique_ptr<SinkTask> task;

  SinkTask& start() {
    task = std::make_unique<SinkTask>(source, store.factory(), traits, clock, options);
    return *task;
  }
  void steps(int n) {
    for (int i = 0; i < n; ++i) task->step();
  }
  // As the process would after kill -9: the task is gone without a word, the store and the log remain.
  SinkTask& restart() {
    task.reset();
    return start();
  }
};

}  // namespace sluice
