// Makes a topic that is missing, as Connect does for dead letters: one partition, replicated as asked. Waits some seconds.
#pragma once
#include <map>
#include <string>

#include "base/outcome.h"

namespace sluice::kafka {

struct NewTopicOptions {
  std::string topic;
  int replication_factor = 3;                     // where there are fewer brokers, the broker's default with a warning
  std::map<std::string, std::string> properties;  // of the client that asks
  std::string name;                               // "orders-0", for messages
};

// OK: it is there now, or it may be: who may not look or create has to find out by writing.
Outcome create_unless_there(const NewTopicOptions& options);

}  // namespace sluice::kafka
