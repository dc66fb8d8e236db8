// Some of the records that a connector would read next, for a look.
#pragma once
#include <string>
#include <vector>

#include "config/connector_settings.h"
#include "kafka/log_reader.h"
#include "task/batch.h"

namespace sluice {

struct Sample {
  std::vector<BatchPart> parts;       // with topics routed
  std::vector<std::string> notes;     // what a reader should know about where they come from
  std::vector<std::string> problems;
};

// From where the connector's group has committed, else from the beginning; the newest where nothing comes after that. `records`
// are shared out between the partitions.
Outcome take_sample(kafka::LogReader& reader, const ConnectorSettings& settings, size_t records, bool wants_headers, Sample& sample);

}  // namespace sluice
