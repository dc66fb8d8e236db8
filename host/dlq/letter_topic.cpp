#include "dlq/letter_topic.h"

namespace sluice {

Outcome read_letters(kafka::LogReader& reader, const std::string& topic, int32_t& partitions, const std::function<void(Letter)>& each) {
  std::map<std::string, int32_t> topics;
  if (Outcome told = reader.topics(topics); !told.ok()) return told;
  partitions = topics.contains(topic) ? topics.at(topic) : 0;
  std::vector<TopicPartition> names;
  for (int32_t partition = 0; partition < partitions; ++partition) names.push_back({topic, partition});
  if (names.empty()) return Outcome::good();

  std::vector<PartitionStart> starts;
  if (Outcome told = reader.look_up(names, starts); !told.ok()) return told;
  std::vector<kafka::LogRange> ranges;
  for (size_t i = 0; i < names.size(); ++i)
    ranges.push_back({.name = names[i], .from = starts[i].low_watermark, .to = starts[i].high_watermark});
  return reader.read(ranges, [&](const kafka::LogRange& range, Record record) {
    const int64_t offset = record.offset;
    each(read_letter({range.name, offset}, std::move(record)));
  });
}

}  // namespace sluice
