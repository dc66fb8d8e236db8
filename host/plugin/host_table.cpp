#include "plugin/host_table.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "base/log.h"
#include "config/plugin_issues.h"
#include "plugin/task_context.h"
#include "base/version.h"

namespace sluice {
namespace {

spdlog::level::level_enum to_spdlog(int32_t level) {
  switch (level) {
    case SLUICE_TRACE: return spdlog::level::trace;
    case SLUICE_DEBUG: return spdlog::level::debug;
    case SLUICE_INFO: return spdlog::level::info;
    case SLUICE_WARN: return spdlog::level::warn;
    default: return spdlog::level::err;
  }
}

void log(sluice_ctx* ctx, int32_t level, const char* text, size_t len) {
  const auto at = to_spdlog(level);
  if (!text || !spdlog::should_log(at)) return;
  spdlog::log(at, "{}: {}", ctx ? ctx->name : "plugin", printable({text, len}));
}

int32_t log_level(sluice_ctx*) {
  switch (spdlog::get_level()) {
    case spdlog::level::trace: return SLUICE_TRACE;
    case spdlog::level::debug: return SLUICE_DEBUG;
    case spdlog::level::info: return SLUICE_INFO;
    case spdlog::level::warn: return SLUICE_WARN;
    default: return SLUICE_ERROR;
  }
}

// Metrics are refused in this version, which the contract allows: 0, and updating 0 is harmless.
uint32_t metric(sluice_ctx*, int32_t, const char*, const char*, const sluice_pair*, size_t, const double*, size_t) { return 0; }
void update(sluice_ctx*, uint32_t, double) {}
void observe(sluice_ctx*, uint32_t, const double*, size_t) {}

int64_t clock(sluice_ctx*, int32_t which) {
  if (which == SLUICE_REALTIME) return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int32_t stopping(sluice_ctx* ctx) { return ctx && ctx->stopping ? 1 : 0; }

// errors.tolerance is `none` in this version: nothing is dead-lettered, the record stops the task.
sluice_result reject_many(sluice_ctx*, const sluice_batch*, const uint32_t*, const sluice_error*, size_t n) {
  return n == 0 ? SLUICE_OK : SLUICE_FATAL;
}

void request_commit(sluice_ctx* ctx) {
  if (ctx) ctx->commit_wanted = true;
}

void retain(sluice_ctx* ctx, const sluice_batch* batch) {
  std::lock_guard lock(ctx->mutex);
  const auto at = ctx->retained.find(batch);
  if (at != ctx->retained.end()) {
    ++at->second.second;
  } else if (ctx->current.get() == batch) {
    ctx->retained.emplace(batch, std::pair(ctx->current, 1));
    ctx->retained_bytes += batch->bytes;
  } else {
    spdlog::error("{}: the plugin retained a batch that it was not lent; ignored", ctx->name);
  }
}

void release(sluice_ctx* ctx, const sluice_batch* batch) {
  BatchView last;  // freed outside the lock
  std::lock_guard lock(ctx->mutex);
  const auto at = ctx->retained.find(batch);
  if (at == ctx->retained.end() || --at->second.second > 0) return;
  ctx->retained_bytes -= batch->bytes;
  last = std::move(at->second.first);
  ctx->retained.erase(at);
}

void issue(sluice_issues* issues, const char* option, const char* text) {
  if (!issues) return;
  Problem problem;
  problem.key = option ? option : "";
  problem.message = printable(text ? text : "the plugin found a problem and did not say which");
  issues->problems.push_back(std::move(problem));
}

const void* extension(const char*) { return nullptr; }

const sluice_host kTable = {
    sizeof(sluice_host), SLUICE_ABI_MINOR, "sluice", kVersion, log, log_level, metric, update, observe, clock, stopping,
    reject_many, request_commit, retain, release, issue, extension,
};

}  // namespace

const sluice_host* host_table() { return &kTable; }

}  // namespace sluice
