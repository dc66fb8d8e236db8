// The dead letters of one connector, as they lie in its dead-letter topic. One thread.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "config/check_connector.h"
#include "config/host_config.h"
#include "dlq/letter.h"
#include "kafka/log_reader.h"

namespace sluice {

class LetterBox {
 public:
  // `connector` outlives it and has a dead-letter topic. Throws std::runtime_error where the Kafka client does not start.
  // `gives_up`: kafka/log_reader.h.
  LetterBox(const HostConfig& host, const CheckedConnector& connector, std::function<bool()> gives_up = {});

  const std::string& topic() const { return connector_.settings.errors.dead_letter_topic; }
  kafka::LogReader& reader() { return reader_; }

  // Those of this connector; one that does not say whose it is counts as its own.
  Outcome read(const std::function<void(Letter)>& each);

  size_t without_origin() const { return without_origin_; }
  // Of what read() has passed over or given without origin, one sentence each; empty: nothing.
  std::vector<std::string> remarks() const;

 private:
  const CheckedConnector& connector_;
  kafka::LogReader reader_;
  size_t of_others_ = 0;
  size_t without_origin_ = 0;
  bool exists_ = true;
};

}  // namespace sluice
