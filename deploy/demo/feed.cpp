#include "feed.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "json_text.h"

namespace sluice::demo {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kPollEvery = 512;  // events, where nothing else makes it wait
constexpr auto kLongestWait = 100ms;

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Positions of the source's log that a later run continues above: as many as the nanoseconds of the clock.
int64_t first_lsn() { return now_us() * 1000; }

// The source numbers transactions with 32 bits.
int64_t first_transaction() { return now_us() / 1'000'000; }

void count_recorded(const RecordedEvent& event, Counts& counts) {
  if (!event.value) {
    ++counts.tombstones;
    return;
  }
  const std::string_view text = *event.value;
  const size_t envelope = has_member(text, 0, "payload") ? find_member(text, 0, "payload").begin : 0;
  const std::string_view op = has_member(text, envelope, "op") ? cut(text, find_member(text, envelope, "op")) : "";
  uint64_t& count = op == "\"c\""   ? counts.inserts
                    : op == "\"u\"" ? counts.updates
                    : op == "\"d\"" ? counts.deletes
                    : op == "\"r\"" ? counts.snapshots
                                    : counts.others;
  ++count;
}

}  // namespace

Counts feed_recording(const std::vector<RecordedEvent>& events, Producer& producer, const std::atomic<bool>& stop) {
  const int32_t partitions = producer.partitions();
  for (const RecordedEvent& event : events) {
    if (event.partition >= partitions) {
      throw std::runtime_error(fmt::format(
          "the recording has events for partition {}, the topic has {} partition(s): make it with more", event.partition, partitions));
    }
  }
  Counts counts;
  for (const RecordedEvent& event : events) {
    if (stop) break;
    producer.send(event.partition, event.key, event.value, event.headers, event.timestamp_ms);
    count_recorded(event, counts);
  }
  producer.finish();
  return counts;
}

Feed::Feed(const std::vector<RecordedEvent>& recording, const FeedOptions& options, Producer& producer)
    : options_(options),
      headers_(recorded_update(recording).headers),
      text_(recorded_update(recording), options.schemas, options.decimals),
      life_(options.life, recorded_products(recording)),
      producer_(producer),
      lsn_(first_lsn()),
      last_commit_lsn_(lsn_),
      transaction_(first_transaction()) {}

Counts Feed::run(const std::atomic<bool>& stop) {
  const auto started = Clock::now();
  const auto after = [&](double seconds) {
    return started + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  };
  uint64_t steps = 0;
  while (!stop) {
    const uint64_t written = counts_.events();
    if (options_.count && written >= options_.count) break;
    if (options_.seconds > 0 && Clock::now() >= after(options_.seconds)) break;
    if (options_.rate > 0) {
      const auto wait = after(static_cast<double>(written) / options_.rate) - Clock::now();
      // Asked again after a while, so that a slow rate does not keep a stop waiting.
      if (wait > 0ns) {
        producer_.poll(std::chrono::ceil<std::chrono::milliseconds>(std::min<Clock::duration>(wait, kLongestWait)));
        continue;
      }
    }
    step(!options_.count || options_.count - written >= 2);
    if (++steps % kPollEvery == 0) producer_.poll(0ms);
  }
  producer_.finish();
  return counts_;
}

void Feed::step(bool may_rekey) {
  const int64_t now = now_us();
  if (options_.bad_share > 0 && life_.chance(options_.bad_share)) return write_bad_record(now);
  write_step(life_.next(now, may_rekey), now);
}

// A record that no table takes, in one of three ways: broken JSON, text that Postgres cannot store, text that is too long.
void Feed::write_bad_record(int64_t now) {
  Row row = life_.lonely_order(now);
  const size_t kind = life_.below(3);
  const std::string too_long = '"' + std::string(51, 's') + '"';
  if (kind == 1) row.product = R"("nothing \u0000 here")";
  if (kind == 2) row.status = too_long;
  begin_transaction();
  key_.clear();
  text_.append_key(key_, row.order_id);
  value_.clear();
  text_.append_value(value_, {.op = 'c', .after = &row, .commit_us = now, .seen_us = now, .lsn = lsn_,
                              .last_commit_lsn = last_commit_lsn_, .transaction = transaction_});
  if (kind == 0) value_.resize(value_.size() / 2);
  send(false, headers_, now);
  ++counts_.bad;
}

void Feed::write_step(const Step& step, int64_t now) {
  begin_transaction();
  switch (step.event) {
    case Event::insert:
      write_change('c', nullptr, &step.after, now, headers_);
      break;
    case Event::update:
      write_change('u', &step.before, &step.after, now, headers_);
      break;
    case Event::remove:
      write_change('d', &step.before, nullptr, now, headers_);
      write_tombstone(step.before.order_id, now, headers_);
      break;
    case Event::rekey: {
      // As Debezium writes it: the old key is deleted, the new one created, both at the same position of the log.
      const auto with_key = [&](const char* name, int64_t order_id) {
        Headers headers{{name, std::string()}};
        text_.append_plain_key(*headers.front().second, order_id);
        headers.insert(headers.end(), headers_.begin(), headers_.end());
        return headers;
      };
      const Headers to_new = with_key("__debezium.newkey", step.after.order_id);
      write_change('d', &step.before, nullptr, now, to_new);
      write_tombstone(step.before.order_id, now, to_new);
      write_change('c', nullptr, &step.after, now, with_key("__debezium.oldkey", step.before.order_id));
      ++counts_.key_changes;
      break;
    }
  }
}

void Feed::write_change(char op, const Row* before, const Row* after, int64_t now, const Headers& headers) {
  key_.clear();
  text_.append_key(key_, (after ? after : before)->order_id);
  value_.clear();
  text_.append_value(value_, {.op = op, .before = before, .after = after, .commit_us = now, .seen_us = now, .lsn = lsn_,
                              .last_commit_lsn = last_commit_lsn_, .transaction = transaction_});
  send(false, headers, now);
  ++(op == 'c' ? counts_.inserts : op == 'u' ? counts_.updates : counts_.deletes);
}

void Feed::write_tombstone(int64_t order_id, int64_t now, const Headers& headers) {
  key_.clear();
  text_.append_key(key_, order_id);
  send(true, headers, now);
  ++counts_.tombstones;
}

void Feed::begin_transaction() {
  last_commit_lsn_ = lsn_;
  lsn_ += 56 + 8 * static_cast<int64_t>(life_.below(20));
  ++transaction_;
}

// All events of a key go where Kafka's own clients would put them, hence into one partition and in order.
void Feed::send(bool tombstone, const Headers& headers, int64_t now) {
  producer_.send(producer_.partition_of(key_, options_.partitions), key_,
                 tombstone ? std::nullopt : std::optional<std::string_view>(value_), headers, now / 1000);
}

}  // namespace sluice::demo
