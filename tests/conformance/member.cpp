#include "conformance/member.h"

#include <cstring>

namespace sluice::conformance {
namespace {

constexpr int64_t kTimestampMs = 1'700'000'000'000;
constexpr int32_t kScratch = 99;  // a partition that no case speaks of

}  // namespace

Outcome Member::claim(std::vector<Wanted> wanted) {
  Outcome outcome = open(std::move(wanted));
  if (outcome.ok() && batch_bytes_ > 0 && !table_shown_) outcome = show_table();
  return outcome;
}

// The sink looks its table up with the first batch, which so is written as all others are.
Outcome Member::show_table() {
  table_shown_ = true;
  if (Outcome opened = open({{.partition = kScratch}}); !opened.ok()) return opened;
  const int64_t next = answer(kScratch).offset;
  if (Outcome written = put({{kScratch, {next}, next + 1}}); !written.ok()) return written;
  return close(kScratch);
}

Outcome Member::open(std::vector<Wanted> wanted) {
  std::vector<sluice_partition> partitions;
  for (const Wanted& w : wanted) {
    sluice_partition& p = partitions.emplace_back();
    p.topic = {kTopic.data(), kTopic.size()};
    p.partition = w.partition;
    std::memcpy(p.topic_id, w.id.data(), w.id.size());
    p.offset = w.initial;
    p.epoch = w.generation;
    p.leader_epoch = -1;
    p.witness_offset = p.witness_crc = p.witness_ts = -1;
  }
  Outcome outcome = sink_->open(partitions);
  if (outcome.ok())
    for (const sluice_partition& p : partitions) answers_[p.partition] = p;
  return outcome;
}

Outcome Member::claim_within(Store& store, milliseconds time, const std::vector<Wanted>& wanted) {
  const milliseconds end = store.now() + time;
  for (;;) {
    Outcome outcome = claim(wanted);
    if (outcome.verdict != Verdict::retry || store.now() >= end) return outcome;
    store.wait(milliseconds(100));
  }
}

Batch Member::batch_of(std::vector<Share> shares) {
  std::vector<BatchPart> parts;
  records_ = 0;
  for (Share& share : shares) {
    BatchPart& part = parts.emplace_back();
    part.name = at(share.partition);
    part.routed_topic = kTopic;
    part.user = answers_.at(share.partition).user;
    part.next_offset = share.next_offset;
    part.leader_epoch = 3;
    for (const int64_t offset : share.offsets) {
      Record& record = part.records.emplace_back();
      const std::string& value = values_.emplace_back(value_of(offset));
      record.offset = offset;
      record.leader_epoch = 3;
      record.timestamp_ms = kTimestampMs + offset;
      record.value = value.data();
      record.value_len = static_cast<uint32_t>(value.size());
      ++records_;
    }
  }
  return Batch(std::move(parts), 0);
}

Outcome Member::put_without(int64_t rejected, Share share) {
  uint32_t index = 0;
  while (share.offsets[index] != rejected) ++index;
  const uint32_t after = static_cast<uint32_t>(share.offsets.size()) - index - 1;
  Batch batch = batch_of({std::move(share)});
  if (Outcome before = sink_->put(batch.view({0, index}, 1)); !before.ok()) return before;
  batch.reject(index, {0, "22003", "", "out of range"});
  return sink_->put(batch.view({index + 1, after}, 1));
}

Outcome Member::close(int32_t partition) {
  sluice_partition p = answers_.at(partition);
  answers_.erase(partition);
  return sink_->close({&p, 1}, SLUICE_REVOKED);
}

// An event of Debezium's, as the plugin takes it; to the fake it is bytes.
std::string Member::value_of(int64_t offset) const {
  return R"({"before":null,"after":{"id":)" + std::to_string(offset) + R"(,"unread":")" + std::string(batch_bytes_, 'x') +
         R"("},"source":{"version":"3.3.1.Final","connector":"postgresql","name":"shop","ts_ms":1700000000000,"db":"shop","schema":"public","table":"orders","lsn":1},)"
         R"("op":"c","ts_ms":1700000000000})";
}

}  // namespace sluice::conformance
