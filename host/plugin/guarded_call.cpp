#include "plugin/guarded_call.h"

#include <algorithm>
#include <chrono>

namespace sluice {

Outcome to_outcome(const char* plugin, const char* call, sluice_result result, sluice_error& error) {
  if (result == SLUICE_OK) return Outcome::good();
  error.code[sizeof error.code - 1] = error.field[sizeof error.field - 1] = error.message[sizeof error.message - 1] = '\0';
  Outcome outcome;
  outcome.message = printable(error.message);
  if (outcome.message.empty()) outcome.message = fmt::format("{}: {} gave up without saying why", plugin, call);
  outcome.code = error.code;
  outcome.field = error.field;
  outcome.retry_after = std::chrono::milliseconds(std::clamp<int64_t>(error.retry_after_ms, 0, 3'600'000));
  switch (result) {
    case SLUICE_RETRY: outcome.verdict = Verdict::retry; break;
    case SLUICE_RESTART: outcome.verdict = Verdict::restart; break;
    case SLUICE_BAD_DATA: outcome.verdict = Verdict::bad_data; break;
    default: outcome.verdict = Verdict::fatal; break;
  }
  return outcome;
}

sluice_config config_of(const TaskIdentity& task, const OptionValues& options) {
  return options.as_config(task.connector, task.index, task.count);
}

}  // namespace sluice
