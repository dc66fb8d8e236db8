#include "debezium_postgres_sink/write/writer.h"

#include <algorithm>

#include "debezium_postgres_sink/record_error.h"
#include "debezium_postgres_sink/write/copy_stream.h"
#include "debezium_postgres_sink/write/fetch_unchanged.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kBlockedRetryMs = 30'000;
constexpr uint64_t kPourFrom = uint64_t{1} << 20;  // bytes: with less there is nothing to gain
constexpr uint32_t kShareCountsFrom = 20;  // below so many records a share says little: as the host has it

std::string task_name(const Config& config) { return std::string(config.connector()) + "-" + std::to_string(config.task_index()); }

}  // namespace

// Runs one call of the ABI: whatever goes wrong below becomes an answer of the ABI, in one place.
template <class Call>
void Writer::answering(Call&& call) {
  try {
    call();
  } catch (const SqlFault& fault) {
    if (class_of(fault.sqlstate) == FaultClass::schema) targets_.forget();  // a person will change it: look again
    answer(fault);
  } catch (const SettingNeeded& e) {
    targets_.forget();
    throw Retry(about_column(e.column, e.what()), "blocked.settings", kBlockedRetryMs, e.option);
  }
}

Writer::Writer(Context context, const Config& config)
    : settings_(read_settings(config)),
      context_(context),
      meters_(context),
      database_(settings_, task_name(config), context),
      positions_(database_, std::string(config.connector()), context),
      targets_(settings_, database_, context),
      reader_(settings_, targets_),
      rows_(settings_, database_, targets_, meters_.without_unchanged_values),
      dead_letters_(database_, settings_.dead_letter_table, std::string(config.connector())) {}

void Writer::open(Partitions partitions) {
  for (const sluice_partition& p : partitions)
    if (p.partition > 0 && settings_.truncates == Truncates::apply && settings_.keeps_current())
      throw Fatal("topic " + std::string(text(p.topic)) + " has more than one partition, and a TRUNCATE is in just one of them: when it comes is not "
                  "known to the rows of the others. Set truncate.mode: ignore, or give the topic one partition", "truncate", "truncate.mode");
  answering([&] {
    // Before the claim: a task that could not write anyway takes the partitions from nobody.
    prepare();
    positions_.claim(partitions);
  });
}

void Writer::put(const Batch& batch) {
  answering([&] {
    if (batch.spans().empty()) {  // nothing comes: the tables are not looked at
      if (!connect()) positions_.verify();
      return;
    }
    prepare();
    constexpr int kTries = 5;  // while another task adds one column after the other
    for (int tries = 1;; ++tries) {
      try {
        return write_batch(batch);
      } catch (const SettingNeeded&) {
        // A table may have got the column meanwhile: looked at once before anybody is told.
        if (targets_.are_fresh()) throw;
      } catch (const SqlFault& fault) {
        if (is_conflict(fault.sqlstate) && tries < kTries) continue;
        const bool altered = fault.sqlstate == kWasAltered && tries < kTries;
        if (!altered && (targets_.are_fresh() || class_of(fault.sqlstate) != FaultClass::schema)) throw;
      }
      targets_.forget();
    }
  });
}

void Writer::close(Partitions partitions) {
  SLUICE_FAILPOINT("close.begun");
  for (const sluice_partition& p : partitions) positions_.forget(p);
}

void Writer::prepare() {
  targets_.begin_call();
  connect();
  targets_.check();
}

// True: the connection is a new one, and the positions are still ours. It has to be made their owner before it writes, and settles what the old
// one left in doubt.
bool Writer::connect() {
  database_.begin_call();
  database_.session();
  if (session_owner_ == database_.owner_id()) return false;
  positions_.adopt();
  session_owner_ = database_.owner_id();
  targets_.forget();  // it may be another server
  rows_.connected();
  dead_letters_.connected();
  return true;
}

void Writer::write_batch(const Batch& batch) {
  SLUICE_FAILPOINT("write.begun");
  now_us_ = context_.now_ns() / 1000;
  if (BatchReader::moving(batch).empty()) return;
  if (!may_pour(batch) || !pour(batch)) write_kept(batch);
  reader_.tell(meters_);
  log_notes();
}

bool Writer::may_pour(const Batch& batch) {
  if (settings_.mode != Mode::history || settings_.dedupe_source || batch.raw().bytes < kPourFrom) return false;
  return batch.rejected().empty() && targets_.any_known() && !targets_.are_stale() && pouring_.is_on();
}

// False: nothing was written.
bool Writer::pour(const Batch& batch) {
  reader_.begin(batch);
  const bool as_binary = binary_.is_on();
  try {
    positions_.prepare();
    std::vector<Step> steps;
    commit_steps(steps, [&](bool* in_doubt) {
      database_.transact([&](pqxx::work& transaction) {
        SLUICE_FAILPOINT_OR("write.after_begin", database_.interrupt());
        positions_.hold(transaction, BatchReader::moving(batch));
        SLUICE_FAILPOINT_OR("pour.held", database_.interrupt());
        CopyStream stream(database_, as_binary);
        reader_.pour(batch, now_us_, stream);
        if (targets_.want_more()) throw CannotPour();
        stream.end();
        steps = reader_.steps(batch);
        Script script;
        positions_.advance(script, steps);
        database_.run(script);
        SLUICE_FAILPOINT_OR("write.before_commit", database_.interrupt());
      }, in_doubt);
    });
    pouring_.won();
    if (as_binary) binary_.won();
    return true;
  } catch (const CannotPour& e) {
    (e.for_binary ? binary_ : pouring_).lost();
  } catch (const SqlFault& fault) {
    if (class_of(fault.sqlstate) != FaultClass::data) throw;
    pouring_.lost();
  }
  return false;
}

void Writer::write_kept(const Batch& batch) {
  start(batch);
  // The table may have been mended meanwhile: looked at once before records are given up on.
  if (!reader_.rejects().empty()) start_afresh(batch);
  constexpr int kRounds = 4;  // each finds what the one before did not get to see; then the host halves the batch itself
  for (int round = 1;; ++round) {
    if (!reader_.rejects().empty() && !settings_.tolerates_errors) {
      const sluice_error& why = reader_.rejects().front().why;
      throw BadData(why.message, why.code, why.field);
    }
    try {
      return commit(batch);
    } catch (const SqlFault& fault) {
      if (class_of(fault.sqlstate) != FaultClass::data || !settings_.tolerates_errors || round == kRounds) throw;
      if (!start_afresh(batch)) find_bad_records(batch, fault);
    }
  }
}

void Writer::start(const Batch& batch) {
  reader_.begin(batch);
  read(batch);
}

// False: the tables were looked up for this batch already.
bool Writer::start_afresh(const Batch& batch) {
  if (targets_.are_fresh()) return false;
  targets_.forget();
  start(batch);
  return true;
}

void Writer::read(const Batch& batch) {
  reader_.read(batch, now_us_);
  if (targets_.add_wanted_columns()) {
    reader_.read(batch, now_us_);
  } else if (targets_.are_stale()) {
    // What is left out is lost for good, so a new column should not have to wait for the next connection.
    targets_.forget();
    reader_.read(batch, now_us_);
  }
}

// `commit` commits, and says in doubt where it may have.
template <class Commit>
void Writer::commit_steps(std::vector<Step>& steps, Commit&& commit) {
  bool in_doubt = false;
  try {
    commit(&in_doubt);
    SLUICE_FAILPOINT_OR("write.after_commit", { in_doubt = true; database_.drop(); throw SqlFault("", "the reply to COMMIT is lost, by a failpoint"); });
  } catch (const SqlFault&) {
    if (in_doubt) Positions::doubt(steps);
    throw;
  }
  Positions::committed(steps);
  SLUICE_FAILPOINT("write.committed");
}

void Writer::commit(const Batch& batch) {
  rows_.prepare();
  positions_.prepare();
  const bool dead_letters = !reader_.rejects().empty() || !batch.rejected().empty();
  if (dead_letters) dead_letters_.prepare();
  std::vector<Step> steps = reader_.steps(batch);
  commit_steps(steps, [&](bool* in_doubt) {
    if (dead_letters || targets_.empties_the_only_table() || targets_.want_values())
      return database_.transact([&](pqxx::work& transaction) { commit_in_parts(transaction, batch, steps); }, in_doubt);
    Script script;
    positions_.advance(script, steps);
    rows_.begin();
    rows_.write(script);
    database_.commit(script, in_doubt);
  });
}

// Where something has to be asked before it is known what to write.
void Writer::commit_in_parts(pqxx::work& transaction, const Batch& batch, const std::vector<Step>& steps) {
  SLUICE_FAILPOINT_OR("write.after_begin", database_.interrupt());
  Script positions, rows;
  positions_.advance(positions, steps);
  database_.run(positions);
  // What this process has not seen of the other topics may still be in the table.
  if (targets_.empties_the_only_table() && positions_.count_topics(transaction) > 1)
    throw SettingNeeded("truncate.mode", "a source table was truncated, and the connector's other topics go into the same table, whose rows would go "
                                         "with it; set truncate.mode: ignore, or give each source table its own");
  if (fetch_values(transaction)) reader_.read(batch, now_us_);
  rows_.begin();
  rows_.write(rows);
  database_.run(rows);
  SLUICE_FAILPOINT_OR("write.rows_written", database_.interrupt());
  // Their letters are durable before the position can pass them.
  if (!reader_.rejects().empty()) give_up_on_rejects(batch);
  dead_letters_.write(transaction, batch, reader_.rejects());
  SLUICE_FAILPOINT_OR("write.before_commit", database_.interrupt());
}

// Large values that updates did not touch, as they are before what was read. True if any: then it has to be read again.
bool Writer::fetch_values(pqxx::work& transaction) {
  bool any = false;
  for (Target* target : targets_.in_use()) {
    if (!target->wants_values()) continue;
    fetch_unchanged(transaction, *target);
    SLUICE_FAILPOINT_OR("write.values_fetched", database_.interrupt());
    any = true;
  }
  return any;
}

// ---- records that the database refuses ----------------------------------------------------------------------------------

void Writer::find_bad_records(const Batch& batch, const SqlFault& fault) {
  const size_t known = reader_.rejects().size();
  bool whole = true;
  database_.attempt([&](pqxx::work& transaction) {
    rows_.begin();
    whole = try_range(transaction, batch, 0, batch.size());
  });
  SLUICE_FAILPOINT("bisect.found");
  if (!whole) {  // stopped: the host is asked, who answers that it is too many
    give_up_on_rejects(batch);
    throw Retry("more bad records in a batch than errors.max.share allows: " + fault.message, "blocked.share", kBlockedRetryMs);
  }
  // Each alone is written, together they are refused: smaller transactions may do, which only the host can make.
  if (reader_.rejects().size() == known) throw fault;
  read(batch);
}

// Writes what can be written of a range; the rest is rejected. False: stopped, since too many are bad.
bool Writer::try_range(pqxx::work& transaction, const Batch& batch, uint32_t first, uint32_t last) {
  while (first < last && !reader_.is_row(first)) ++first;
  while (first < last && !reader_.is_row(last - 1)) --last;
  if (first == last) return true;
  if (too_many_bad(batch)) return false;
  reader_.read_range(batch, first, last, now_us_);
  if (fetch_values(transaction)) reader_.read_range(batch, first, last, now_us_);
  database_.run("SAVEPOINT range");
  SLUICE_FAILPOINT_OR("bisect.savepoint", database_.interrupt());
  try {
    Script script;
    rows_.write(script);
    // A deferred constraint would speak up at the end only, when nobody knows any more whose row it is.
    script.add("SET CONSTRAINTS ALL IMMEDIATE");
    script.add("RELEASE SAVEPOINT range");
    database_.run(script);
    return true;
  } catch (const SqlFault& fault) {
    if (class_of(fault.sqlstate) != FaultClass::data) throw;
    database_.run("ROLLBACK TO SAVEPOINT range");
    database_.run("RELEASE SAVEPOINT range");
    SLUICE_FAILPOINT_OR("bisect.refused", database_.interrupt());
    if (last - first == 1) {
      reader_.reject(reject(first, fault.sqlstate, fault.column, fault.message));
      return true;
    }
  }
  const uint32_t half = first + (last - first) / 2;
  return try_range(transaction, batch, first, half) && try_range(transaction, batch, half, last);
}

bool Writer::too_many_bad(const Batch& batch) const {
  const auto all = static_cast<double>(batch.size() + batch.rejected().size());
  const auto bad = static_cast<double>(reader_.rejects().size() + batch.rejected().size());
  return all >= kShareCountsFrom && bad > settings_.errors_max_share * all;
}

void Writer::give_up_on_rejects(const Batch& batch) {
  std::vector<uint32_t> indexes;
  std::vector<sluice_error> errors;
  for (const Reject& r : reader_.rejects()) {
    indexes.push_back(r.index);
    errors.push_back(r.why);
  }
  context_.reject(batch, indexes, errors);
}

void Writer::log_notes() {
  for (std::string& note : targets_.take_notes())
    if (const auto [at, is_new] = noted_.insert(std::move(note)); is_new) context_.warn(*at);
}

}  // namespace sluice::debezium
