#include "cli/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace sluice {
namespace {

// All partitions of what the connector reads.
std::vector<TopicPartition> partitions_of(const ConnectorSettings& settings, const std::map<std::string, int32_t>& topics, Sample& sample) {
  std::vector<TopicPartition> found;
  const auto add = [&](const std::string& topic, int32_t count) {
    for (int32_t partition = 0; partition < count; ++partition) found.push_back({topic, partition});
  };
  for (const std::string& topic : settings.topics) {
    if (topics.contains(topic)) add(topic, topics.at(topic));
    else sample.problems.push_back(fmt::format("the topic {} does not exist", topic));
  }
  if (settings.topics_regex.empty()) return found;
  for (const auto& [topic, count] : topics)
    if (consumes(settings, topic)) add(topic, count);
  if (found.empty()) sample.problems.push_back(fmt::format("no topic matches topics.regex, {}", settings.topics_regex));
  return found;
}

// As evenly as what each has allows.
std::vector<size_t> shares(const std::vector<size_t>& available, size_t records) {
  std::vector<size_t> share(available.size(), 0);
  while (records > 0) {
    const auto has_more = [&](size_t i) { return share[i] < available[i]; };
    size_t open = 0;
    for (size_t i = 0; i < available.size(); ++i) open += has_more(i);
    if (open == 0) break;
    const size_t each = std::max<size_t>(records / open, 1);
    for (size_t i = 0; i < available.size() && records > 0; ++i) {
      const size_t more = std::min({each, available[i] - share[i], records});
      share[i] += more;
      records -= more;
    }
  }
  return share;
}

}  // namespace

Outcome take_sample(kafka::LogReader& reader, const ConnectorSettings& settings, size_t records, bool wants_headers, Sample& sample) {
  std::map<std::string, int32_t> topics;
  if (Outcome told = reader.topics(topics); !told.ok()) return told;
  const std::vector<TopicPartition> names = partitions_of(settings, topics, sample);
  if (names.empty()) return Outcome::good();
  std::vector<PartitionStart> starts;
  if (Outcome told = reader.look_up(names, starts); !told.ok()) return told;

  std::vector<size_t> available;
  for (const PartitionStart& start : starts) available.push_back(static_cast<size_t>(start.high_watermark - start.start_offset));
  const bool all_read = std::accumulate(available.begin(), available.end(), size_t{0}) == 0;
  if (all_read) {
    available.clear();
    for (const PartitionStart& start : starts) available.push_back(static_cast<size_t>(start.high_watermark - start.low_watermark));
  }
  const std::vector<size_t> share = shares(available, records);
  std::vector<kafka::LogRange> ranges;
  for (size_t i = 0; i < names.size(); ++i)
    ranges.push_back({.name = names[i],
                      .from = all_read ? starts[i].high_watermark - static_cast<int64_t>(share[i]) : starts[i].start_offset,
                      .to = starts[i].high_watermark,
                      .most = share[i]});

  std::map<TopicPartition, BatchPart> parts;
  Outcome read = reader.read(ranges, [&](const kafka::LogRange& range, Record record) {
    BatchPart& part = parts[range.name];
    part.name = range.name;
    part.next_offset = record.offset + 1;
    if (wants_headers) record.headers = record.all_headers();
    part.records.push_back(std::move(record));
  });
  if (!read.ok()) return read;
  if (parts.empty()) sample.notes.push_back("the topics hold no records");
  else if (all_read) sample.notes.push_back("the connector's group has committed all there is: these are the newest records");
  for (auto& [name, part] : parts) {
    part.routed_topic = name.topic;
    sample.parts.push_back(std::move(part));
  }
  return Outcome::good();
}

}  // namespace sluice
