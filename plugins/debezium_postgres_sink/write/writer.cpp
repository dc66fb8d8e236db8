#include "debezium_postgres_sink/write/writer.h"

#include "debezium_postgres_sink/write/catalogue.h"
#include "debezium_postgres_sink/record_error.h"
#include "debezium_postgres_sink/write/sql_fault.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kBlockedRetryMs = 30'000;
constexpr int64_t kTableAgeNs = 30'000'000'000;

std::string task_name(const Config& config) { return std::string(config.connector()) + "-" + std::to_string(config.task_index()); }

// Runs one call of the ABI: whatever goes wrong below becomes an answer of the ABI, in one place.
template <class Call>
void answering(std::optional<Table>& table, Call&& call) {
  try {
    call();
  } catch (const SqlFault& fault) {
    if (class_of(fault.sqlstate) == FaultClass::schema) table.reset();  // a person will change it: look again
    answer(fault);
  } catch (const SettingNeeded& e) {
    table.reset();
    throw Retry((e.column.empty() ? "" : "column \"" + e.column + "\": ") + e.what(), "blocked.settings", kBlockedRetryMs, e.option);
  } catch (const RecordError& e) {
    throw BadData((e.column.empty() ? "" : "column \"" + e.column + "\": ") + e.what(), e.code, e.column);
  }
}

}  // namespace

Writer::Writer(Context context, const Config& config)
    : settings_(read_settings(config)),
      context_(context),
      database_(settings_, task_name(config), context),
      positions_(database_, std::string(config.connector()), context) {
  for (int i = 0; i < kSkips; ++i) {
    const sluice_pair kind{"kind", name_of(static_cast<Skip>(i))};
    skipped_[static_cast<size_t>(i)] =
        context.counter("records_skipped", "Records that are no rows and only moved the position.", std::span(&kind, 1));
  }
}

void Writer::open(Partitions partitions) {
  answering(table_, [&] {
    // Before the claim: a task that could not write anyway takes the partitions from nobody.
    prepare();
    positions_.claim(partitions);
  });
}

void Writer::put(const Batch& batch) {
  answering(table_, [&] {
    prepare();
    if (!table_is_fresh_) {
      try {
        return write_batch(batch);
      } catch (const SettingNeeded&) {
        // The table may have got the column meanwhile: looked at once before anybody is told.
      } catch (const SqlFault& fault) {
        if (class_of(fault.sqlstate) != FaultClass::schema) throw;
      }
      look_at_table();
    }
    write_batch(batch);
  });
}

void Writer::write_batch(const Batch& batch) {
  encode(batch);
  // What is left out is lost for good, so a new column should not have to wait for the next connection.
  if (rows_->left_out_fields() && context_.monotonic_ns() - table_loaded_ns_ > kTableAgeNs) {
    look_at_table();
    encode(batch);
  }
  if (!steps_.empty()) write();
  log_notes();
}

void Writer::close(Partitions partitions) {
  for (const sluice_partition& p : partitions) positions_.forget(p);
}

void Writer::prepare() {
  database_.begin_call();
  database_.session();
  if (session_owner_ != database_.owner_id()) {
    // A new connection has to be made the partitions' owner before it writes, and settles what the old one left in doubt.
    positions_.adopt();
    session_owner_ = database_.owner_id();
    table_.reset();  // it may be another server
  }
  table_is_fresh_ = false;
  if (!table_) look_at_table();
}

void Writer::look_at_table() {
  table_ = load_table(database_, parse_table_name(settings_.table));
  rows_ = std::make_unique<Rows>(settings_, *table_);
  table_loaded_ns_ = context_.monotonic_ns();
  table_is_fresh_ = true;
}

void Writer::encode(const Batch& batch) {
  rows_->begin(context_.now_ns() / 1000);
  steps_.clear();
  for (const sluice_span& span : batch.spans()) {
    auto& position = *static_cast<Position*>(span.user);
    // Written before, by a commit whose answer was lost: adopt() found it done.
    if (span.next_offset <= position.next_offset) continue;
    Step step{&position, span.next_offset, 0, span.leader_epoch, {}, {}, {}};
    RecordPlace place{text(span.topic), span.partition, 0};
    for (const Record record : batch.records(span)) {
      if (record.offset() < position.next_offset) continue;
      place.offset = record.offset();
      encode_record(record, place);
      ++step.records;
    }
    if (step.records > 0) {
      const Record last = batch[span.first + span.count - 1];
      step.witness_offset = last.offset();
      step.witness_crc = witness_crc(last);
      step.witness_ts = last.timestamp_ms();
    }
    steps_.push_back(step);
  }
  rows_->finish();
}

void Writer::encode_record(const Record& record, const RecordPlace& place) {
  const Event event = decoder_.decode(record.key(), record.value());
  if (event.skip) {
    skipped_[static_cast<size_t>(*event.skip)].add();
    return;
  }
  if (event.change.tombstone) return skipped_[static_cast<size_t>(Skip::tombstone)].add();
  if (event.change.operation != Operation::truncate) return rows_->add(event.change, place);
  if (settings_.truncates == Truncates::fail)
    throw RecordError("the source table was truncated, and truncate.mode is fail; set it to ignore to go on", "truncate");
  skipped_[static_cast<size_t>(Skip::truncate)].add();
}

void Writer::write() {
  bool in_doubt = false;
  try {
    database_.transact(
        [&](pqxx::work& transaction) {
          positions_.advance(transaction, steps_);
          for (const Rows::Copy& copy : rows_->copies())
            database_.copy("COPY " + table_->quoted + " (" + copy.columns + ") FROM STDIN", copy.text);
        },
        &in_doubt);
  } catch (const SqlFault&) {
    if (in_doubt) Positions::doubt(steps_);
    throw;
  }
  Positions::committed(steps_);
}

void Writer::log_notes() {
  for (std::string& note : rows_->take_notes())
    if (const auto [at, is_new] = noted_.insert(std::move(note)); is_new) context_.warn(*at);
}

}  // namespace sluice::debezium
