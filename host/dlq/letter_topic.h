// A dead-letter topic from its beginning to its end.
#pragma once
#include <functional>

#include "dlq/letter.h"
#include "kafka/log_reader.h"

namespace sluice {

// Letters in offset order a partition. A topic that does not exist holds none: `partitions` is then 0.
Outcome read_letters(kafka::LogReader& reader, const std::string& topic, int32_t& partitions, const std::function<void(Letter)>& each);

}  // namespace sluice
