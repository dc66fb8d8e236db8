// A connector's offsets, wherever they are kept: by its plugin, with the consumer group moved along, or by the group alone. One
// object for each use, made from the connector's settings; asks Kafka and the sink's store, so it may take seconds. Any thread.
#pragma once
#include <string>

#include "config/check_connector.h"
#include "config/host_config.h"
#include "connector/offsets.h"
#include "kafka/group_offsets.h"

namespace sluice {

class OffsetsDesk {
 public:
  // `connector` is sound and outlives it. Throws std::runtime_error where the Kafka client does not start.
  OffsetsDesk(const HostConfig& host, const CheckedConnector& connector);

  OffsetsAnswer read();
  // All partitions or none, as far as the request's faults go. The connector must not run.
  OffsetsAnswer alter(const OffsetEdits& edits);
  OffsetsAnswer reset();

 private:
  bool plugin_keeps_them() const;
  std::vector<TopicPartition> partitions() const;
  OffsetsAnswer resolve(const OffsetEdits& edits, std::map<TopicPartition, int64_t>& offsets);
  OffsetsAnswer check(const TopicPartition& partition) const;
  OffsetsAnswer unset_in_group(std::vector<TopicPartition> partitions);
  OffsetsAnswer put_in_force(const std::map<TopicPartition, int64_t>& offsets);

  const CheckedConnector& connector_;
  kafka::GroupOffsets group_;
  std::map<std::string, int32_t> topics_;  // all of the cluster, with their number of partitions
};

}  // namespace sluice
