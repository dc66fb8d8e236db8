#include "plugin/plugin_sink.h"

#include <fmt/format.h>

#include <utility>

#include "plugin/guarded_call.h"
#include "plugin/task_context.h"

namespace sluice {
namespace {

class PluginSink : public Sink {
 public:
  PluginSink(const sluice_plugin& plugin, std::unique_ptr<sluice_ctx> ctx, sluice_task* task)
      : plugin_(plugin), ctx_(std::move(ctx)), task_(task) {}
  ~PluginSink() override { plugin_.destroy(task_); }

  Outcome open(std::span<sluice_partition> partitions) override {
    if (!SLUICE_HAS(&plugin_, sluice_plugin, open)) return Outcome::good();
    ctx_->stopping = false;
    Outcome outcome = guarded(plugin_.name, "open", [&](sluice_error* e) {
      return plugin_.open(task_, partitions.data(), partitions.size(), e);
    });
    if (!outcome.ok() || !(plugin_.flags & SLUICE_OWNS_OFFSETS)) return outcome;
    for (const sluice_partition& p : partitions)
      if (p.offset < 0)
        return Outcome::fatal(fmt::format("{}: open answered offset {} for {}-{}; it has to be a position", plugin_.name, p.offset,
                                          p.topic.data, p.partition));
    return outcome;
  }

  Outcome put(const BatchView& batch) override {
    ctx_->stopping = false;
    (void)set_current(batch);
    Outcome outcome = guarded(plugin_.name, "put", [&](sluice_error* e) { return plugin_.put(task_, batch.get(), e); });
    Outcome refusal = set_current(nullptr);
    // It passes on what reject_many() answered, but only the host knows the reason.
    return !refusal.ok() && refusal.verdict == outcome.verdict ? refusal : outcome;
  }

  Outcome commit(std::span<sluice_partition> partitions) override {
    if (!SLUICE_HAS(&plugin_, sluice_plugin, commit)) return Outcome::good();
    return settle("commit", partitions, [&](sluice_error* e) {
      return plugin_.commit(task_, partitions.data(), partitions.size(), e);
    });
  }

  Outcome close(std::span<sluice_partition> partitions, int32_t why) override {
    if (!SLUICE_HAS(&plugin_, sluice_plugin, close)) return Outcome::good();
    return settle("close", partitions, [&](sluice_error* e) {
      return plugin_.close(task_, partitions.data(), partitions.size(), why, e);
    });
  }

  void interrupt() override {
    ctx_->stopping = true;
    if (SLUICE_HAS(&plugin_, sluice_plugin, interrupt)) plugin_.interrupt(task_);
  }

  bool wants_commit() override { return ctx_->commit_wanted.exchange(false); }
  uint64_t retained_bytes() const override { return ctx_->retained_bytes; }
  std::vector<PluginMetric> metrics() const override { return ctx_->metrics.read(); }

 private:
  // commit() and close() answer offsets; one ahead of what the plugin was given would lose records.
  template <class Call>
  Outcome settle(const char* name, std::span<sluice_partition> partitions, Call call) {
    ctx_->stopping = false;
    const std::vector<sluice_partition> given(partitions.begin(), partitions.end());
    Outcome outcome = guarded(plugin_.name, name, call);
    if (!outcome.ok()) return outcome;
    for (size_t i = 0; i < given.size(); ++i)
      if (partitions[i].offset > given[i].offset)
        return Outcome::fatal(fmt::format("{}: {} answered offset {} for {}-{}, ahead of {}, all that it was given", plugin_.name,
                                          name, partitions[i].offset, given[i].topic.data, given[i].partition, given[i].offset));
    return outcome;
  }

  // Answers what reject_many() had against the batch that was current.
  Outcome set_current(BatchView batch) {
    std::lock_guard lock(ctx_->mutex);
    ctx_->current = std::move(batch);
    return std::exchange(ctx_->refusal, Outcome::good());
  }

  const sluice_plugin& plugin_;
  std::unique_ptr<sluice_ctx> ctx_;
  sluice_task* task_;
};

}  // namespace

SinkTraits traits_of(const sluice_plugin& plugin) {
  SinkTraits traits;
  traits.owns_offsets = (plugin.flags & SLUICE_OWNS_OFFSETS) != 0;
  traits.wants_advance = (plugin.flags & SLUICE_WANTS_ADVANCE) != 0;
  traits.wants_headers = (plugin.flags & SLUICE_WANTS_HEADERS) != 0;
  traits.commits = SLUICE_HAS(&plugin, sluice_plugin, commit);
  return traits;
}

MadeSink make_plugin_sink(const sluice_plugin& plugin, const TaskIdentity& task, const OptionValues& options, Rejects& rejects) {
  auto ctx = std::make_unique<sluice_ctx>();
  ctx->about.connector = task.connector;
  ctx->about.task = static_cast<int>(task.index);
  ctx->rejects = &rejects;
  const sluice_config config = config_of(task, options);
  sluice_task* made = nullptr;
  Outcome outcome = guarded(plugin.name, "create", [&](sluice_error* e) { return plugin.create(ctx.get(), &config, &made, e); });
  if (outcome.ok() && !made) outcome = Outcome::fatal(fmt::format("{}: create answered OK but made no task", plugin.name));
  if (!outcome.ok()) return {nullptr, std::move(outcome)};
  return {std::make_unique<PluginSink>(plugin, std::move(ctx), made), Outcome::good()};
}

}  // namespace sluice
