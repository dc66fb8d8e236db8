// One dead letter: the record that was refused, and what its headers say about where it was and why it is here. The headers are
// Kafka Connect's, so letters that Connect wrote are read too.
#pragma once
#include <optional>
#include <string>

#include "dlq/coordinates.h"
#include "task/record.h"

namespace sluice {

struct Letter {
  Coordinates at;                     // of the letter, in the dead-letter topic
  std::optional<Coordinates> origin;  // of the record; none: written without context headers
  std::string connector;              // whose letter it is; "" = not said
  std::string code;                   // SQLSTATE, may be empty, as the next two
  std::string column;
  std::string reason;
  Record record;                      // with all of the letter's headers
};

Letter read_letter(Coordinates at, Record record);

// The refused record as it was, but for its headers where the sink does not want them. Borrows the letter's memory.
Record original_of(const Letter& letter, bool wants_headers);

}  // namespace sluice
