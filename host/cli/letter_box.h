// The dead letters of one connector, as each `sluice dlq` command opens them.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/checked_file.h"
#include "cli/commands.h"
#include "dlq/letter.h"
#include "kafka/log_reader.h"

namespace sluice {

class LetterBox {
 public:
  // Null, with a line to `err`, where the files have errors or the connector has no dead-letter topic.
  static std::unique_ptr<LetterBox> open(const ConnectorFiles& files, std::ostream& err);

  const OpenedConnector& connector() const { return *connector_; }
  const std::string& topic() const { return connector_->checked.settings.errors.dead_letter_topic; }
  kafka::LogReader& reader() { return *reader_; }

  // Those of this connector; one that does not say whose it is counts as its own. False, with a line to `err`: Kafka did not give them all.
  bool read(const std::function<void(Letter)>& each, std::ostream& err);

  size_t without_origin() const { return without_origin_; }
  // Of what read() has passed over or given without origin, one sentence each; empty: nothing.
  std::vector<std::string> remarks() const;

 private:
  std::unique_ptr<OpenedConnector> connector_;
  std::unique_ptr<kafka::LogReader> reader_;
  size_t of_others_ = 0;
  size_t without_origin_ = 0;
  bool exists_ = true;
};

// Milliseconds since 1970 as 2026-01-02T03:04:05.678Z, "-" without a time.
std::string time_text(int64_t milliseconds);

}  // namespace sluice
