// What the log lines of a thread are about. Text puts it before the message, "orders-0: ...", JSON into fields of its own, so that
// nobody has to read names out of sentences.
#pragma once
#include <cstdint>
#include <string>

#include "base/topic_partition.h"

namespace sluice {

struct LogFields {
  std::string connector;  // empty: no connector's
  int task = -1;          // -1: all of the connector
  std::string topic;      // empty: no partition's
  int32_t partition = -1;
  int64_t offset = -1;    // -1: none

  // "orders-0: ", "connector orders: ", or nothing. The partition is left to the message.
  std::string prefix() const;
};

// From here to the end of the block, on this thread.
class LogContext {
 public:
  explicit LogContext(const std::string& connector, int task = -1);
  explicit LogContext(const TopicPartition& partition, int64_t offset = -1);  // beside what is known already
  explicit LogContext(LogFields fields);                                      // of another thread
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;

  static const LogFields& current();

 private:
  LogFields before_;
};

}  // namespace sluice
