// Records from a file, one JSON object a line:
//   {"topic": "t", "partition": 0, "offset": 0, "timestamp": 1, "key": "text or null", "value": "text or null", "headers": [["n", "v"]]}
// Only the topic has to be there. Keys, values and headers are texts: the bytes of the record.
#pragma once
#include <istream>
#include <string>
#include <vector>

#include "task/batch.h"

namespace sluice {

// One part a partition, offsets ascending; a record without an offset has the number of its line, from 0. Throws
// std::runtime_error that names the line, never its content.
std::vector<BatchPart> read_events(std::istream& in, bool wants_headers);

}  // namespace sluice
