// A sink with a store in memory that owns its offsets: rows and positions change together, as in a transaction. The store
// outlives the sinks that are made over it. A test can tell it what to answer next.
#pragma once
#include <boost/crc.hpp>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "task/record_source.h"
#include "task/rejects.h"
#include "task/sink.h"

namespace sluice {

// crc32c, as a witness has it.
inline int64_t crc_of(const std::string& value) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(value.data(), value.size());
  return crc.checksum();
}

struct FakeStore {
  struct Witness {
    int64_t offset, crc, timestamp_ms;
  };
  std::vector<std::string> rows;  // "topic-0@3=value"
  std::map<TopicPartition, int64_t> positions;
  std::map<TopicPartition, TopicId> topic_ids;
  std::map<TopicPartition, Witness> witnesses;
  std::deque<Outcome> next_puts;   // answers to come; then OK
  std::deque<Outcome> next_opens;
  std::set<TopicPartition> locked;  // open() of these answers retry
  std::string bad_value;           // a record with this value can never be written
  std::string rejected_value;      // the sink gives up on such records itself
  std::vector<std::string> shown_as_rejected;  // "topic-0@3: why", of what the host gave up on
  std::function<void()> before_open;  // what happens between the look-up and the claim
  std::vector<size_t> opened;      // how many partitions each open() was for
  int sinks_made = 0;
  int asked = 0;  // by batches without spans
  uint64_t retained_bytes = 0;     // that the sink says it holds beyond put()
  std::vector<std::pair<std::string, int32_t>> closed;
  std::vector<uint32_t> attempts;

  SinkFactory factory() {
    return [this](Rejects& rejects) -> MadeSink {
      ++sinks_made;
      return {std::make_unique<StoreSink>(*this, rejects), Outcome::good()};
    };
  }

  class StoreSink : public Sink {
   public:
    StoreSink(FakeStore& store, Rejects& rejects) : store_(store), rejects_(rejects) {}
    Outcome open(std::span<sluice_partition> partitions) override {
      store_.opened.push_back(partitions.size());
      if (const auto meanwhile = std::exchange(store_.before_open, nullptr)) meanwhile();
      if (!store_.next_opens.empty()) return pop(store_.next_opens);
      for (const sluice_partition& p : partitions)
        if (store_.locked.contains({p.topic.data, p.partition})) return Outcome::retry("a session that holds the row");
      for (sluice_partition& p : partitions) {
        const TopicPartition name{p.topic.data, p.partition};
        if (const auto at = store_.positions.find(name); at != store_.positions.end()) p.offset = at->second;
        store_.positions[name] = p.offset;
        if (const auto id = store_.topic_ids.find(name); id != store_.topic_ids.end())
          std::copy(id->second.begin(), id->second.end(), p.topic_id);
        if (const auto w = store_.witnesses.find(name); w != store_.witnesses.end()) {
          p.witness_offset = w->second.offset;
          p.witness_crc = w->second.crc;
          p.witness_ts = w->second.timestamp_ms;
        }
      }
      return Outcome::good();
    }
    Outcome put(const BatchView& batch) override {
      if (batch->span_count == 0) ++store_.asked;
      else store_.attempts.push_back(batch->attempt);
      if (!store_.next_puts.empty()) {
        Outcome answer = pop(store_.next_puts);
        if (!answer.ok()) return answer;
      }
      for (uint32_t i = 0; i < batch->record_count; ++i)
        if (!store_.bad_value.empty() && text(batch->records[i]) == store_.bad_value) return Outcome::bad_data("out of range", "22003");
      if (Outcome answer = reject(*batch); !answer.ok()) return answer;
      for (size_t i = 0; i < batch->rejected_count; ++i) {
        const sluice_span& span = batch->spans[batch->rejected[i].record->span];
        store_.shown_as_rejected.push_back(TopicPartition{span.topic.data, span.partition}.text() + "@" +
                                           std::to_string(batch->rejected[i].record->offset) + ": " + batch->rejected[i].why->message);
      }
      for (uint32_t s = 0; s < batch->span_count; ++s) {
        const sluice_span& span = batch->spans[s];
        const TopicPartition name{span.topic.data, span.partition};
        for (uint32_t i = span.first; i < span.first + span.count; ++i) {
          const sluice_record& record = batch->records[i];
          if (is_rejected(record)) continue;
          store_.rows.push_back(name.text() + "@" + std::to_string(record.offset) + "=" + text(record));
          store_.witnesses[name] = {record.offset, crc_of(text(record)), record.timestamp_ms};
        }
        store_.positions[name] = span.next_offset;
      }
      return Outcome::good();
    }
    Outcome commit(std::span<sluice_partition>) override { return Outcome::good(); }
    Outcome close(std::span<sluice_partition> partitions, int32_t why) override {
      for (const sluice_partition& p : partitions) store_.closed.emplace_back(TopicPartition{p.topic.data, p.partition}.text(), why);
      return Outcome::good();
    }
    void interrupt() override {}
    bool wants_commit() override { return false; }
    uint64_t retained_bytes() const override { return store_.retained_bytes; }

   private:
    Outcome reject(const LentBatch& batch) {
      std::vector<uint32_t> indexes;
      std::vector<sluice_error> errors;
      for (uint32_t i = 0; i < batch.record_count; ++i) {
        if (!is_rejected(batch.records[i])) continue;
        indexes.push_back(i);
        errors.push_back({0, "22003", "amount", "out of range"});
      }
      return rejects_.reject(batch, indexes, errors);
    }
    bool is_rejected(const sluice_record& r) const { return !store_.rejected_value.empty() && text(r) == store_.rejected_value; }
    static std::string text(const sluice_record& r) { return {static_cast<const char*>(r.value), r.value_len}; }
    static Outcome pop(std::deque<Outcome>& from) {
      Outcome outcome = std::move(from.front());
      from.pop_front();
      return outcome;
    }
    FakeStore& store_;
    Rejects& rejects_;
  };
};

}  // namespace sluice
