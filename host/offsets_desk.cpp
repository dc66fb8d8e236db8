#include "offsets_desk.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <set>

#include "config/consumer_properties.h"
#include "failpoint/failpoint.h"
#include "plugin/extensions.h"

namespace sluice {
namespace {

OffsetsAnswer invalid(std::string message) { return {OffsetsAnswer::Kind::invalid, std::move(message), {}}; }

OffsetsAnswer failed(const Outcome& outcome) {
  const bool passes = outcome.verdict == Verdict::retry;
  return {OffsetsAnswer::Kind::failed, passes ? fmt::format("waiting for {}; try again", outcome.message) : outcome.message, {}};
}

}  // namespace

OffsetsDesk::OffsetsDesk(const HostConfig& host, const CheckedConnector& connector)
    : connector_(connector),
      group_(connector.settings.name, consumer_properties(host, connector.settings).first, consumer_properties(host, connector.settings).second) {}

bool OffsetsDesk::plugin_keeps_them() const { return connector_.plugin->flags & SLUICE_OWNS_OFFSETS; }

OffsetsAnswer OffsetsDesk::read() {
  OffsetsAnswer answer;
  if (plugin_keeps_them() && offsets_extension(*connector_.plugin)) {
    if (Outcome told = call_read_offsets(*connector_.plugin, connector_.settings.name, *connector_.options, answer.offsets); !told.ok())
      return failed(told);
    std::erase_if(answer.offsets, [](const auto& each) { return each.second == SLUICE_NO_OFFSET; });
    return answer;
  }
  if (Outcome told = group_.topics(topics_); !told.ok()) return failed(told);
  if (Outcome told = group_.committed(partitions(), answer.offsets); !told.ok()) return failed(told);
  return answer;
}

OffsetsAnswer OffsetsDesk::alter(const OffsetEdits& edits) {
  std::map<TopicPartition, int64_t> offsets;
  if (OffsetsAnswer answer = resolve(edits, offsets); answer.kind != OffsetsAnswer::Kind::done) return answer;
  return put_in_force(offsets);
}

// Everything that the plugin or the group knows, also of topics that are gone by now.
OffsetsAnswer OffsetsDesk::reset() {
  std::map<TopicPartition, int64_t> offsets;
  if (Outcome told = group_.topics(topics_); !told.ok()) return failed(told);
  if (Outcome told = group_.committed(partitions(), offsets); !told.ok()) return failed(told);
  if (plugin_keeps_them() && offsets_extension(*connector_.plugin))
    if (Outcome told = call_read_offsets(*connector_.plugin, connector_.settings.name, *connector_.options, offsets); !told.ok()) return failed(told);
  for (auto& [partition, offset] : offsets) offset = SLUICE_NO_OFFSET;
  return put_in_force(offsets);
}

std::vector<TopicPartition> OffsetsDesk::partitions() const {
  std::vector<TopicPartition> all;
  for (const auto& [topic, count] : topics_)
    if (consumes(connector_.settings, topic))
      for (int32_t partition = 0; partition < count; ++partition) all.push_back({topic, partition});
  return all;
}

OffsetsAnswer OffsetsDesk::check(const TopicPartition& partition) const {
  if (!consumes(connector_.settings, partition.topic))
    return invalid(fmt::format("The connector does not consume the topic {}; it consumes {}", partition.topic,
                               connector_.settings.topics.empty() ? "those that match " + connector_.settings.topics_regex
                                                                  : fmt::format("{}", fmt::join(connector_.settings.topics, ", "))));
  const auto topic = topics_.find(partition.topic);
  if (topic == topics_.end()) return invalid(fmt::format("There is no topic {} in Kafka", partition.topic));
  if (partition.partition >= topic->second)
    return invalid(fmt::format("The topic {} has no partition {}: it has {}, counted from 0", partition.topic, partition.partition, topic->second));
  return {};
}

OffsetsAnswer OffsetsDesk::resolve(const OffsetEdits& edits, std::map<TopicPartition, int64_t>& offsets) {
  if (Outcome told = group_.topics(topics_); !told.ok()) return failed(told);
  kafka::Offsets times;
  for (const auto& [partition, edit] : edits) {
    if (OffsetsAnswer answer = check(partition); answer.kind != OffsetsAnswer::Kind::done) return answer;
    if (edit.to == OffsetEdit::To::time) times[partition] = edit.value;
  }
  if (!times.empty())
    if (Outcome told = group_.at_times(times); !told.ok()) return failed(told);
  for (const auto& [partition, edit] : edits) {
    if (edit.to == OffsetEdit::To::unset) {
      offsets[partition] = SLUICE_NO_OFFSET;
      continue;
    }
    int64_t begin = 0, end = 0;
    if (Outcome told = group_.ends(partition, begin, end); !told.ok()) return failed(told);
    if (edit.to == OffsetEdit::To::offset && (edit.value < begin || edit.value > end))
      return invalid(fmt::format("The offset {} is outside of {}, which has records from {} to before {}", edit.value, partition.text(), begin, end));
    switch (edit.to) {
      case OffsetEdit::To::earliest: offsets[partition] = begin; break;
      case OffsetEdit::To::latest: offsets[partition] = end; break;
      case OffsetEdit::To::time: offsets[partition] = times[partition] < 0 ? end : times[partition]; break;
      default: offsets[partition] = edit.value;
    }
  }
  return {};
}

OffsetsAnswer OffsetsDesk::unset_in_group(std::vector<TopicPartition> partitions) {
  // Only those that are there: a broker refuses a whole request for one that is not.
  kafka::Offsets known;
  if (Outcome told = group_.committed(partitions, known); !told.ok()) return failed(told);
  std::erase_if(partitions, [&](const TopicPartition& partition) { return !known.contains(partition); });
  if (partitions.empty()) return {};
  if (!group_.can_remove(topics_.begin()->first))
    return invalid("This broker cannot remove offsets of a group, which takes Kafka 2.8 or newer; set them instead, to \"earliest\" for instance");
  const Outcome done = group_.remove(partitions);
  return done.ok() ? OffsetsAnswer{} : failed(done);
}

// The group first. Its commit carries a mark where the sink has written; a sink without a position beside such a mark would stop,
// and the mark goes with this. Should we die in between, the sink's own positions count as before.
OffsetsAnswer OffsetsDesk::put_in_force(const std::map<TopicPartition, int64_t>& offsets) {
  const sluice_plugin& plugin = *connector_.plugin;
  if (plugin_keeps_them() && !offsets_extension(plugin))
    return invalid(fmt::format("The plugin {} keeps the offsets itself and does not let others change them (it has no {})", plugin.name, SLUICE_OFFSETS_1));
  kafka::Offsets set;
  std::vector<TopicPartition> unset;
  std::set<std::string> topics;
  for (const auto& [partition, offset] : offsets) {
    if (offset == SLUICE_NO_OFFSET) unset.push_back(partition);
    else set[partition] = offset;
    topics.insert(partition.topic);
  }
  if (OffsetsAnswer answer = unset_in_group(std::move(unset)); answer.kind != OffsetsAnswer::Kind::done) return answer;
  if (Outcome done = group_.alter(set); !done.ok()) return failed(done);
  if (!plugin_keeps_them() || offsets.empty()) return {};

  SLUICE_FAILPOINT("alter.group_done");
  const kafka::TopicIds ids = group_.ids(topics);
  std::vector<sluice_partition> wanted;
  for (const auto& [partition, offset] : offsets) {
    sluice_partition& p = wanted.emplace_back();
    p = {};
    p.topic = {partition.topic.data(), partition.topic.size()};
    p.partition = partition.partition;
    p.offset = offset;
    p.leader_epoch = -1;
    p.witness_offset = p.witness_crc = p.witness_ts = -1;
    if (const auto id = ids.find(partition.topic); id != ids.end()) std::memcpy(p.topic_id, id->second.data(), sizeof p.topic_id);
  }
  const Outcome done = call_alter_offsets(plugin, connector_.settings.name, *connector_.options, wanted);
  return done.ok() ? OffsetsAnswer{} : failed(done);
}

}  // namespace sluice
