#include "base/log_context.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"

namespace sluice {
namespace {

thread_local LogFields fields;

}  // namespace

std::string LogFields::prefix() const {
  if (connector.empty()) return "";
  return task < 0 ? fmt::format("connector {}: ", connector) : fmt::format("{}-{}: ", connector, task);
}

LogContext::LogContext(const std::string& connector, int task) : before_(fields) {
  fields.connector = printable(connector);
  fields.task = task;
}

LogContext::LogContext(const TopicPartition& partition, int64_t offset) : before_(fields) {
  fields.topic = partition.topic;
  fields.partition = partition.partition;
  fields.offset = offset;
}

LogContext::LogContext(LogFields others) : before_(std::exchange(fields, std::move(others))) {}
LogContext::~LogContext() { fields = std::move(before_); }
const LogFields& LogContext::current() { return fields; }

}  // namespace sluice
