// A recording of a topic: JSON lines, one record a line, with the exact bytes of keys, values and headers as text:
//   {"topic": "t", "partition": 0, "offset": 0, "timestamp": 1, "key": "{…}", "value": "{…}", "headers": [["name", "text"]]}
// null is absent, as in a tombstone's value.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::demo {

using Headers = std::vector<std::pair<std::string, std::optional<std::string>>>;

struct RecordedEvent {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  Headers headers;
};

// All records of the files, by partition and offset. Throws with file and line where one cannot be read.
std::vector<RecordedEvent> read_recording(const std::vector<std::string>& files);

// The first update that has both images of its row: what new events are made from.
const RecordedEvent& recorded_update(const std::vector<RecordedEvent>& events);

}  // namespace sluice::demo
