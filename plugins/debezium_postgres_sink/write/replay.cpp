#include "debezium_postgres_sink/write/replay.h"

#include <vector>

#include "debezium_postgres_sink/record_error.h"
#include "debezium_postgres_sink/write/sql_fault.h"
#include "debezium_postgres_sink/write/table_sql.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {
namespace {

constexpr const char* kCreateMarks = R"(
CREATE TABLE IF NOT EXISTS sluice.sink_replayed (
  connector text NOT NULL, topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL,
  replayed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (connector, topic, partition, "offset")))";

constexpr const char* kMark =
    "INSERT INTO sluice.sink_replayed (connector, topic, partition, \"offset\") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

// The row is locked, so that the task writes nothing for this partition until the letter is written or not.
constexpr const char* kPosition = "SELECT next_offset FROM sluice.sink_offsets WHERE connector = $1 AND topic = $2 AND partition = $3 FOR UPDATE";

}  // namespace

Replay::Replay(const Config& config)
    : settings_(read_settings(config)),
      connector_(config.connector()),
      database_(settings_, connector_ + "-replay", context_),
      targets_(settings_, database_, context_),
      decoder_(settings_.keeps_current()),
      rows_(settings_, database_, targets_, Metric()) {
  if (settings_.keeps_current() && settings_.lsn_column.empty())
    throw Fatal("dead letters cannot be replayed into a current table without lsn.column: it keeps an old change from a newer row. Add a bigint column for "
                "the LSN to the table and set lsn.column", "replay", "lsn.column");
}

void Replay::write(const Batch& batch, const Each& each) {
  std::vector<Answer> answers;
  try {
    database_.begin_call();
    database_.transact([](pqxx::work& t) {
      if (!t.query_value<bool>("SELECT to_regclass('sluice.sink_replayed') IS NOT NULL")) t.exec(kCreateMarks);
    });
    // Targets and their temporary tables are looked up outside of the transaction, as a batch's are.
    targets_.begin(context_.now_ns() / 1000);
    for (uint32_t i = 0; i < batch.size(); ++i) find_target(batch, i);
    rows_.prepare();
    database_.transact([&](pqxx::work& t) {
      rows_.begin();
      for (uint32_t i = 0; i < batch.size(); ++i) answers.push_back(write_record(t, batch, i));
      SLUICE_FAILPOINT_OR("replay.before_commit", database_.interrupt());
    });
    SLUICE_FAILPOINT("replay.committed");
  } catch (const SqlFault& fault) {
    answer(fault);
  } catch (const SettingNeeded& e) {
    throw Fatal(about_column(e.column, e.what()), "blocked.settings", e.option);
  }
  for (uint32_t i = 0; i < answers.size(); ++i) each(i, answers[i].what, answers[i].what == SLUICE_REPLAY_DONE ? nullptr : &answers[i].why);
}

void Replay::find_target(const Batch& batch, uint32_t index) {
  const Record record = batch[index];
  try {
    const Event event = decoder_.decode(record.key(), record.value());
    if (event.skip) return;
    add_to_target(targets_, event.change, batch.spans()[record.raw().span], record);
  } catch (const RecordError&) {
    // Still bad; it is told when its turn comes.
  }
}

Replay::Answer Replay::write_record(pqxx::work& transaction, const Batch& batch, uint32_t index) {
  const Record record = batch[index];
  const sluice_span& span = batch.spans()[record.raw().span];
  // What the task has written beyond the host's search may be newer, and is searched next time.
  const bool written_on = settings_.keeps_current() && stored_position(transaction, span) > span.next_offset;
  const bool superseded = settings_.keeps_current() && (record.raw().flags & SLUICE_REC_SUPERSEDED);
  const auto pass_over = [&](int32_t what, const char* code, const char* why) -> Answer {
    database_.run("ROLLBACK TO SAVEPOINT letter");
    return {what, reject(index, code, "", why).why};
  };
  database_.run("SAVEPOINT letter");
  try {
    if (!mark(transaction, span, record)) return pass_over(SLUICE_REPLAY_BEFORE, "replayed", "it was replayed before");
    if (superseded && !settings_.keeps_history()) return pass_over(SLUICE_REPLAY_SUPERSEDED, "superseded", "the topic holds a later change of the same key");
    if (written_on && !superseded)
      return pass_over(SLUICE_REPLAY_SUPERSEDED, "superseded", "the connector has written on meanwhile, so that something newer may be there; replay again");
    read(span, record, superseded);
    Script script;
    rows_.write(script);
    script.add("SET CONSTRAINTS ALL IMMEDIATE");
    script.add("RELEASE SAVEPOINT letter");
    database_.run(script);
    return {};
  } catch (const RecordError& e) {
    database_.run("ROLLBACK TO SAVEPOINT letter");
    return {SLUICE_REPLAY_STILL_BAD, reject(index, e).why};
  } catch (const SqlFault& fault) {
    if (class_of(fault.sqlstate) != FaultClass::data) throw;
    database_.run("ROLLBACK TO SAVEPOINT letter");
    return {SLUICE_REPLAY_STILL_BAD, reject(index, fault.sqlstate, fault.column, fault.message).why};
  }
}

int64_t Replay::stored_position(pqxx::work& transaction, const sluice_span& span) {
  const pqxx::result found = transaction.exec(kPosition, pqxx::params{connector_, std::string(text(span.topic)), span.partition});
  return found.empty() ? -1 : found[0][0].as<std::optional<int64_t>>().value_or(-1);
}

bool Replay::mark(pqxx::work& transaction, const sluice_span& span, const Record& record) {
  const std::string topic(text(span.topic));
  const pqxx::result marked = transaction.exec(kMark, pqxx::params{connector_, topic, span.partition, record.offset()});
  if (marked.affected_rows() == 0) return false;
  if (!settings_.dead_letter_table.empty())
    transaction.exec("UPDATE " + quoted(TableNameTemplate(settings_.dead_letter_table).fill("", "", "")) +
                         " SET replayed_at = clock_timestamp() WHERE connector = $1 AND topic = $2 AND partition = $3 AND \"offset\" = $4",
                     pqxx::params{connector_, topic, span.partition, record.offset()});
  return true;
}

void Replay::read(const sluice_span& span, const Record& record, bool history_only) {
  targets_.begin(context_.now_ns() / 1000);
  const Event event = decoder_.decode(record.key(), record.value());
  if (!event.skip) {
    if (!history_only) add_to_target(targets_, event.change, span, record);
    else targets_.of(text(span.routed_topic), event.change).add_to_history(event.change, place_of(span, record), record.key().value_or(""));
  }
  targets_.finish();
}

}  // namespace sluice::debezium
