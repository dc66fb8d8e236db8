#include "debezium_postgres_sink/write/batch_reader.h"

#include <algorithm>
#include <limits>
#include <string>

#include "debezium_postgres_sink/record_error.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kLatestMs = 253'402'300'800'000;  // the year 10000: whoever writes nanoseconds is far beyond
// A value of a few letters may become a text of a hundred thousand, such as a decimal of scale -131072. So rows may take eight times what
// the records took, and 64 MB: far more than any that were not made to take much.
constexpr size_t kHeldAtLeast = size_t{64} << 20, kHeldPerByte = 8;
constexpr uint32_t kSamples = 256;  // of a large batch: their times lie close together

Position& position_of(const sluice_span& span) { return *static_cast<Position*>(span.user); }

std::optional<int64_t> crc_of_key(const Record& record) {
  const auto key = record.key();
  return key ? std::optional<int64_t>(crc32c(*key)) : std::nullopt;
}

}  // namespace

std::string name_of(const sluice_span& span, const Record& record) {
  return std::string(text(span.topic)) + "-" + std::to_string(span.partition) + "@" + std::to_string(record.offset());
}

RecordPlace place_of(const sluice_span& span, const Record& record) {
  return {text(span.topic), span.partition, record.offset(), record.timestamp_ms()};
}

size_t add_to_target(Targets& targets, const Change& change, const sluice_span& span, const Record& record) {
  Target& target = targets.of(text(span.routed_topic), change);
  const size_t before = target.text_bytes();
  if (change.operation == Operation::truncate) target.truncate(change, place_of(span, record));
  else target.add(change, place_of(span, record), record.key().value_or(""));
  const size_t after = target.text_bytes();
  return after > before ? after - before : 0;  // less where rows were poured
}

void BatchReader::begin(const Batch& batch) {
  fates_.assign(batch.size(), Fate::unknown);
  deleted_keys_.clear();
  for (const sluice_span& span : batch.spans()) deleted_keys_.push_back(position_of(span).deleted_key);
  rejects_.clear();
  operations_.assign(batch.size(), Operation::insert);
  skipped_ = {};
  passages_.clear();
  sample_every_ = std::max<uint32_t>(1, batch.size() / kSamples);
  batch_bytes_ = 0;
  for (const Record record : batch) batch_bytes_ += record.key().value_or("").size() + record.value().value_or("").size();
  targets_.forget_unchanged();
}

void BatchReader::begin_rows(int64_t now_us, RowOutlet* outlet) {
  targets_.begin(now_us, outlet);
  held_ = 0;
  held_max_ = outlet ? std::numeric_limits<size_t>::max() : kHeldAtLeast + kHeldPerByte * batch_bytes_;  // what is poured is not held
}

void BatchReader::hold(const Batch& batch, size_t bytes) {
  held_ += bytes;
  if (held_ > held_max_ && batch.size() > 1)
    throw BadData("the rows of the batch would take more than " + std::to_string(held_max_ >> 20) + " MB of memory", "memory");
}

void BatchReader::read(const Batch& batch, int64_t now_us) {
  begin_rows(now_us, nullptr);
  if (read_all(batch, false)) return;
  begin(batch);
  begin_rows(now_us, nullptr);
  read_all(batch, true);
}

void BatchReader::pour(const Batch& batch, int64_t now_us, RowOutlet& outlet) {
  begin_rows(now_us, &outlet);
  if (!read_all(batch, false) || !rejects_.empty()) throw CannotPour();
}

// False: a tombstone came before the table that it is about was created, which a later record has perhaps done by now.
bool BatchReader::read_all(const Batch& batch, bool again) {
  bool complete = true;
  for (uint32_t s = 0; s < batch.spans().size(); ++s) {
    const sluice_span& span = batch.spans()[s];
    for (uint32_t i = span.first; i < span.first + span.count; ++i) {
      if (fates_[i] == Fate::unknown) {
        try {
          fates_[i] = add(batch, i, span, deleted_keys_[s]);
        } catch (const RecordError& e) {
          reject(debezium::reject(i, e));
        } catch (const ColumnsUnknown&) {
          complete = false;
          if (!again) continue;
          // A current table that is not there has no row to remove, while a history would lack the change.
          if (settings_.keeps_history()) throw;
          fates_[i] = skip(Skip::tombstone);
        }
      } else if (fates_[i] == Fate::row) {
        read_record(batch, i);
      }
    }
  }
  targets_.finish();
  return complete;
}

void BatchReader::read_range(const Batch& batch, uint32_t first, uint32_t last, int64_t now_us) {
  begin_rows(now_us, nullptr);
  for (uint32_t i = first; i < last; ++i)
    if (fates_[i] == Fate::row) read_record(batch, i);
  targets_.finish();
}

// A record that became a row when the batch was read first.
void BatchReader::read_record(const Batch& batch, uint32_t index) {
  const Record record = batch[index];
  try {
    hold(batch, add_to_target(targets_, decoder_.decode(record.key(), record.value()).change, batch.spans()[record.raw().span], record));
  } catch (const RecordError& e) {  // the table is another one than before
    reject(debezium::reject(index, e));
  }
}

BatchReader::Fate BatchReader::add(const Batch& batch, uint32_t index, const sluice_span& span, std::optional<int64_t>& deleted_key) {
  const Record record = batch[index];
  // Written before, by a commit whose answer was lost: adopt() found it done.
  if (record.offset() < position_of(span).next_offset) return Fate::below;
  SLUICE_FAILPOINT("decode.record");
  const Event event = decoder_.decode(record.key(), record.value());
  if (event.skip) return skip(*event.skip);
  const Change& change = event.change;
  if (change.operation == Operation::truncate) return add_truncate(batch, index, change, span, record);

  // Debezium follows each delete with a tombstone, in the same partition. That one says nothing new; a tombstone whose delete
  // is not there, compacted away or never sent, is the delete. A delete that is rejected takes its tombstone with it.
  const auto key = change.operation == Operation::remove ? crc_of_key(record) : std::nullopt;
  if (change.tombstone && key && key == deleted_key) return skip(Skip::tombstone);
  deleted_key = key;
  if (settings_.leaves_out(change.operation == Operation::remove)) return skip(Skip::removal);
  hold(batch, add_to_target(targets_, change, span, record));
  note(index, change, record);
  return Fate::row;
}

BatchReader::Fate BatchReader::skip(Skip kind) {
  ++skipped_[static_cast<size_t>(kind)];
  return Fate::nothing;
}

BatchReader::Fate BatchReader::add_truncate(const Batch& batch, uint32_t index, const Change& change, const sluice_span& span, const Record& record) {
  switch (settings_.truncates) {
    case Truncates::ignore: return skip(Skip::truncate);
    case Truncates::apply:
      add_to_target(targets_, change, span, record);
      note(index, change, record);
      return Fate::row;
    case Truncates::fail: break;
  }
  const std::string why = name_of(span, record) +
                          ": the source table was truncated, and truncate.mode is fail; set it to ignore or apply to go on";
  // What comes before it is written first: the host halves the batch until this record stands alone.
  if (batch.size() > 1) throw BadData(why, "truncate");
  throw Fatal(why, "truncate");
}

void BatchReader::reject(const Reject& reject) {
  fates_[reject.index] = Fate::rejected;
  rejects_.push_back(reject);
}

void BatchReader::note(uint32_t index, const Change& change, const Record& record) {
  operations_[index] = change.operation;
  if (index % sample_every_ != 0) return;
  if (const auto source = change.source_time_us())
    passages_.push_back({*source, change.event_time_us().value_or(0), std::clamp<int64_t>(record.timestamp_ms(), 0, kLatestMs) * 1000});
}

void BatchReader::tell(Meters& meters) const {
  std::array<uint32_t, kOperations> rows{};
  for (size_t i = 0; i < fates_.size(); ++i)
    if (fates_[i] == Fate::row) ++rows[static_cast<size_t>(operations_[i])];
  for (size_t i = 0; i < rows.size(); ++i)
    if (rows[i] > 0) meters.rows(static_cast<Operation>(i), rows[i]);
  for (size_t i = 0; i < skipped_.size(); ++i)
    if (skipped_[i] > 0) meters.skipped(static_cast<Skip>(i), skipped_[i]);
  meters.passed(passages_);
}

std::vector<Position*> BatchReader::moving(const Batch& batch) {
  std::vector<Position*> positions;
  for (const sluice_span& span : batch.spans())
    if (span.next_offset > position_of(span).next_offset) positions.push_back(&position_of(span));
  return positions;
}

std::vector<Step> BatchReader::steps(const Batch& batch) const {
  std::vector<Step> steps;
  for (uint32_t s = 0; s < batch.spans().size(); ++s) {
    const sluice_span& span = batch.spans()[s];
    Position& position = position_of(span);
    if (span.next_offset <= position.next_offset) continue;
    Step step;
    step.position = &position;
    step.next_offset = span.next_offset;
    step.leader_epoch = span.leader_epoch;
    step.deleted_key = deleted_keys_[s];
    std::optional<uint32_t> last_written;
    for (uint32_t i = span.first; i < span.first + span.count; ++i) {
      if (fates_[i] == Fate::below) continue;
      if (fates_[i] == Fate::rejected) {
        ++step.rejected;
        continue;
      }
      ++step.records;
      last_written = i;
    }
    for (const sluice_rejected& r : batch.rejected())
      if (r.record->span == s && r.record->offset >= position.next_offset) ++step.rejected;
    if (last_written) {
      const Record witness = batch[*last_written];
      step.witness_offset = witness.offset();
      step.witness_crc = witness_crc(witness);
      step.witness_ts = witness.timestamp_ms();
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace sluice::debezium
