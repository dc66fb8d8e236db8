#include "plugin/host_table.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <vector>

#include "base/log.h"
#include "base/loggers.h"
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
  if (!text || !plugin_log().should_log(at)) return;
  const LogContext about(ctx ? ctx->about : LogContext::current());  // a plugin may have threads of its own
  plugin_log().log(at, "{}", printable({text, len}));
}

int32_t log_level(sluice_ctx*) {
  switch (plugin_log().level()) {
    case spdlog::level::trace: return SLUICE_TRACE;
    case spdlog::level::debug: return SLUICE_DEBUG;
    case spdlog::level::info: return SLUICE_INFO;
    case spdlog::level::warn: return SLUICE_WARN;
    default: return SLUICE_ERROR;
  }
}

uint32_t metric(sluice_ctx* ctx, int32_t kind, const char* name, const char* help, const sluice_pair* labels, size_t label_count,
                const double* bounds, size_t bound_count) {
  if (!ctx || (label_count > 0 && !labels) || (bound_count > 0 && !bounds)) return 0;
  const uint32_t number = ctx->metrics.define(kind, name, help, {labels, label_count}, {bounds, bound_count});
  const LogContext about(ctx->about);
  if (number == 0) plugin_log().debug("the metric {} was refused", printable(name ? name : "without a name", 200));
  return number;
}

void update(sluice_ctx* ctx, uint32_t metric, double value) {
  if (ctx) ctx->metrics.update(metric, {&value, 1});
}

void observe(sluice_ctx* ctx, uint32_t metric, const double* values, size_t n) {
  if (ctx && values) ctx->metrics.update(metric, {values, n});
}

int64_t clock(sluice_ctx*, int32_t which) {
  if (which == SLUICE_REALTIME) return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int32_t stopping(sluice_ctx* ctx) { return ctx && ctx->stopping ? 1 : 0; }

// The batch as the host lent it, or null where the plugin does not hold it.
BatchView find_lent(sluice_ctx& ctx, const sluice_batch* batch) {
  std::lock_guard lock(ctx.mutex);
  if (batch && ctx.current.get() == batch) return ctx.current;
  const auto at = ctx.retained.find(batch);
  return at == ctx.retained.end() ? nullptr : at->second.first;
}

// A plugin's text, made fit for logs and headers.
sluice_error cleaned(const sluice_error& from) {
  sluice_error error = from;
  error.code[sizeof error.code - 1] = error.field[sizeof error.field - 1] = error.message[sizeof error.message - 1] = '\0';
  std::string message = printable(error.message);
  if (message.empty()) message = "the plugin did not say why";
  std::snprintf(error.message, sizeof error.message, "%s", message.c_str());
  return error;
}

sluice_result reject_many(sluice_ctx* ctx, const sluice_batch* batch, const uint32_t* indexes, const sluice_error* errors, size_t n) {
  if (n == 0) return SLUICE_OK;
  const LogContext about(ctx ? ctx->about : LogContext::current());
  const BatchView lent = ctx ? find_lent(*ctx, batch) : nullptr;
  if (!lent || !indexes || !errors || std::any_of(indexes, indexes + n, [&](uint32_t index) { return index >= lent->record_count; })) {
    plugin_log().error("the plugin rejected records of a batch that it does not hold; it has to stop");
    return SLUICE_FATAL;
  }
  std::vector<sluice_error> why;
  std::transform(errors, errors + n, std::back_inserter(why), cleaned);
  Outcome outcome = ctx->rejects->reject(*lent, {indexes, n}, why);
  if (outcome.ok()) return SLUICE_OK;
  const sluice_result answer = outcome.verdict == Verdict::retry ? SLUICE_RETRY : SLUICE_FATAL;
  std::lock_guard lock(ctx->mutex);
  if (ctx->current == lent) ctx->refusal = std::move(outcome);
  return answer;
}

void request_commit(sluice_ctx* ctx) {
  if (ctx) ctx->commit_wanted = true;
}

void retain(sluice_ctx* ctx, const sluice_batch* batch) {
  if (!ctx || !batch) return;
  std::lock_guard lock(ctx->mutex);
  const auto at = ctx->retained.find(batch);
  if (at != ctx->retained.end()) {
    ++at->second.second;
  } else if (ctx->current.get() == batch) {
    ctx->retained.emplace(batch, std::pair(ctx->current, 1));
    ctx->retained_bytes += batch->bytes;
  } else {
    const LogContext about(ctx->about);
    plugin_log().error("the plugin retained a batch that it was not lent; ignored");
  }
}

void release(sluice_ctx* ctx, const sluice_batch* batch) {
  if (!ctx || !batch) return;
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
