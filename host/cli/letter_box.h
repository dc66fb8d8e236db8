// The dead letters of one connector, as each `sluice dlq` command opens them: what is wrong is told to `err`.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "base/json.h"
#include "cli/checked_file.h"
#include "cli/commands.h"
#include "dlq/letter_box.h"

namespace sluice {

struct OpenedLetterBox {
  std::unique_ptr<OpenedConnector> connector;
  std::unique_ptr<LetterBox> box;
};

// Nothing where the files have errors or the connector has no dead-letter topic.
std::optional<OpenedLetterBox> open_letter_box(const ConnectorFiles& files, std::ostream& err);

// False: Kafka did not give them all.
bool read_letter_box(LetterBox& box, const std::function<void(Letter)>& each, std::ostream& err);

// As JSON, without the end of the object: where it was and is, when, and why it is here.
void begin_letter(JsonWriter& json, const Letter& letter);

// Milliseconds since 1970 as 2026-01-02T03:04:05.678Z, "-" without a time.
std::string time_text(int64_t milliseconds);

}  // namespace sluice
