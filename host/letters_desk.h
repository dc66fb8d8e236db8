// A connector's dead letters for REST. One object for each use, made from the connector's settings; asks Kafka and, for a replay, the
// sink's store, so it may take long. Any thread.
#pragma once
#include <atomic>
#include <set>
#include <string>

#include "config/check_connector.h"
#include "config/host_config.h"
#include "connector/letters.h"

namespace sluice {

class LettersDesk {
 public:
  // All outlive it; `connector` is sound. Gives up when the process ends, or after a minute.
  LettersDesk(const HostConfig& host, const CheckedConnector& connector, const std::atomic<bool>& ending)
      : host_(host), connector_(connector), ending_(ending) {}

  LettersAnswer list(size_t most) const;
  LettersAnswer show(const std::string& letter) const;
  // By the letters' own places; none: all that name their origin.
  LettersAnswer replay(const std::set<std::string>& letters, bool dry) const;

 private:
  template <class Do>
  LettersAnswer with_box(Do&& what) const;

  const HostConfig& host_;
  const CheckedConnector& connector_;
  const std::atomic<bool>& ending_;
};

}  // namespace sluice
