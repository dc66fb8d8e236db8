// Fault row 20: a plugin that calls the host from threads of its own, at any time, about what it does not hold. It is told no, and
// nothing else happens; ThreadSanitizer and AddressSanitizer look on in their builds.
#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>

#include "config/option_values.h"
#include "plugin/host_table.h"
#include "plugin/plugin_sink.h"
#include "task/batch.h"
#include "task/rejects.h"

using namespace sluice;

namespace {

// What the plugin has kept of its last put(), although it may not.
std::atomic<sluice_ctx*> its_ctx{nullptr};
std::atomic<const sluice_batch*> its_batch{nullptr};

sluice_result create(sluice_ctx* ctx, const sluice_config*, sluice_task** out, sluice_error*) {
  its_ctx = ctx;
  *out = reinterpret_cast<sluice_task*>(ctx);
  return SLUICE_OK;
}
void destroy(sluice_task*) {}
sluice_result put(sluice_task*, const sluice_batch* batch, sluice_error*) {
  its_batch = batch;
  return SLUICE_OK;
}

sluice_plugin make_plugin() {
  sluice_plugin plugin{};
  plugin.struct_size = sizeof plugin;
  plugin.name = "calling-sink";
  plugin.version = "1.0.0";
  plugin.create = create;
  plugin.destroy = destroy;
  plugin.put = put;
  return plugin;
}

Batch one_record(int64_t offset) {
  BatchPart part;
  part.handle = 1;
  part.name = {"orders", 0};
  part.routed_topic = "orders";
  part.next_offset = offset + 1;
  part.records.emplace_back().offset = offset;
  std::vector<BatchPart> parts;
  parts.push_back(std::move(part));
  return Batch(std::move(parts), 0);
}

struct Fixture {
  const sluice_plugin plugin = make_plugin();
  Problems problems;
  const OptionValues options{{}, {}, UnknownKeys::are_errors, References("X", {}), problems};
  Rejects rejects{RejectOptions{}};
  std::unique_ptr<Sink> sink = make_plugin_sink(plugin, {"c", 0, 1}, options, rejects).sink;
  const sluice_host& host = *host_table();
};

}  // namespace

TEST_CASE("f20: a plugin's own threads may call the host while put() runs, and get an answer") {
  Fixture f;
  REQUIRE(f.sink);
  std::atomic<bool> stop{false};
  std::atomic<int> calling{0};
  const auto call = [&] {
    for (bool first = true; !stop; first = false) {
      sluice_ctx* ctx = its_ctx;
      f.host.log(ctx, SLUICE_TRACE, "x", 1);
      (void)f.host.log_level(ctx);
      const uint32_t metric = f.host.metric(ctx, SLUICE_COUNTER, "m", "", nullptr, 0, nullptr, 0);
      f.host.update(ctx, metric, 1);
      (void)f.host.stopping(ctx);
      (void)f.host.clock(ctx, SLUICE_MONOTONIC);
      f.host.request_commit(ctx);
      if (first) ++calling;
    }
  };
  std::thread first(call), second(call);
  for (int64_t offset = 0; offset < 500 || calling < 2; ++offset) {  // threads may take longer to begin than all of the puts
    const Batch batch = one_record(offset);
    CHECK(f.sink->put(batch.view({0, 1}, 0)).ok());
    f.sink->interrupt();
  }
  stop = true;
  first.join();
  second.join();
  CHECK(f.sink->metrics().size() == 1);
}

TEST_CASE("f20: what a plugin does not hold it can neither reject nor keep, after put() and after close()") {
  Fixture f;
  REQUIRE(f.sink);
  {
    const Batch batch = one_record(7);
    CHECK(f.sink->put(batch.view({0, 1}, 0)).ok());
  }
  CHECK(f.sink->close({}, SLUICE_STOP).ok());
  sluice_ctx* ctx = its_ctx;
  const sluice_batch* gone = its_batch;  // its memory may be another's by now: only its address is looked at
  const uint32_t index = 0;
  sluice_error why{};
  std::strcpy(why.message, "bad");
  std::thread([&] {
    CHECK(f.host.reject_many(ctx, gone, &index, &why, 1) == SLUICE_FATAL);
    CHECK(f.host.reject_many(ctx, nullptr, &index, &why, 1) == SLUICE_FATAL);
    CHECK(f.host.reject_many(nullptr, gone, &index, &why, 1) == SLUICE_FATAL);
    f.host.retain(ctx, gone);
    f.host.retain(ctx, nullptr);
    f.host.retain(nullptr, gone);
    f.host.release(ctx, gone);
    f.host.release(ctx, nullptr);
    f.host.release(nullptr, nullptr);
    f.host.update(ctx, 1000, 1);
    f.host.observe(ctx, 1, nullptr, 5);
    f.host.log(nullptr, SLUICE_ERROR, nullptr, 9);
    f.host.issue(nullptr, nullptr, nullptr);
  }).join();
  CHECK(f.sink->retained_bytes() == 0);
  CHECK(f.rejects.count() == 0);
}
