#include "fakes/fake_postgres_sink.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <cstring>

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kLockTimeout{2000}, kClaimLockTimeout{500};
constexpr seconds kRevokeGrace{5};
constexpr milliseconds kBlockedRetry{30000};
constexpr seconds kNoticesAfter{2};  // a server that its client has gone

struct Answer {  // thrown: what the call answers
  Outcome outcome;
};

TopicPartition name_of(const sluice_partition& p) { return {{p.topic.data, p.topic.len}, p.partition}; }

std::string_view text_of(const sluice_record& r) { return {static_cast<const char*>(r.value), r.value_len}; }

int64_t crc_of(std::string_view value) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(value.data(), value.size());
  return crc.checksum();
}

// As write/sql_fault.cpp has it.
Outcome answer_to(const DatabaseFault& fault) {
  const std::string& state = fault.sqlstate;
  if (state.starts_with("28")) return Outcome::restart("the database refuses the connection", "blocked." + state, kBlockedRetry);
  if (state.starts_with("42")) return Outcome::retry("the table", "blocked." + state, kBlockedRetry);
  if (state.starts_with("22") || state.starts_with("23")) return Outcome::bad_data("the database refuses a row", state);
  if (state == "human") return Outcome::fatal("another database than before", "database.changed");
  return Outcome::retry("the database", state.empty() ? "connection" : state);
}

}  // namespace

FakePostgresSink::FakePostgresSink(FakePostgres& server, Surroundings& surroundings, const Clock& clock, Rejects& rejects, Options options)
    : server_(server), surroundings_(surroundings), clock_(clock), rejects_(rejects), options_(std::move(options)) {}

FakePostgresSink::~FakePostgresSink() {
  if (surroundings_.is_killed()) server_.disconnect_at(session_, clock_.now() + kNoticesAfter);
  else server_.disconnect(session_);
}

// ---- calls ------------------------------------------------------------------------------------------------------------

template <class Call>
Outcome FakePostgresSink::answering(Call&& call) {
  try {
    interrupted_ = false;
    call();
    return Outcome::good();
  } catch (const DatabaseFault& fault) {
    return answer_to(fault);
  } catch (const Answer& answer) {
    return answer.outcome;
  }
}

Outcome FakePostgresSink::open(std::span<sluice_partition> partitions) {
  return answering([&] {
    prepare();
    claim(partitions);
  });
}

Outcome FakePostgresSink::put(const BatchView& batch) {
  return answering([&] {
    const FakePostgres::SessionId known = adopted_by_;
    prepare();
    if (batch->span_count > 0) write(*batch);
    else if (adopted_by_ == known) verify();
  });
}

Outcome FakePostgresSink::close(std::span<sluice_partition> partitions, int32_t) {
  for (const sluice_partition& p : partitions) forget(name_of(p));
  return Outcome::good();
}

void FakePostgresSink::forget(const TopicPartition& name) {
  held_.remove_if([&](const Held& held) { return held.name == name; });
}

void FakePostgresSink::give_up(const std::string& why) { throw Answer{Outcome::restart("a new claim, since " + why, "fenced", milliseconds(200))}; }

// ---- the session ------------------------------------------------------------------------------------------------------

void FakePostgresSink::prepare() {
  if (session_ == 0) {
    surroundings_.at(Point::connect);
    if (const auto fault = surroundings_.database_fault(Point::connect)) throw *fault;
    session_ = server_.connect();
  }
  if (adopted_by_ == session_) return;
  adopt();
  adopted_by_ = session_;
}

void FakePostgresSink::drop() {
  server_.disconnect(session_);
  session_ = 0;
}

// Before each statement that goes to the server alone.
void FakePostgresSink::statement(Point point) {
  surroundings_.at(point);
  check_session();
  const auto fault = surroundings_.database_fault(point);
  if (!fault) return;
  fail(*fault);
}

void FakePostgresSink::fail(const DatabaseFault& fault) {
  if (fault.unnoticed) session_ = 0;
  else if (fault.connection_lost) drop();
  else server_.rollback(session_);
  throw fault;
}

// Of what is committed. Whoever is frozen here and loses the connection never learns of it.
void FakePostgresSink::read_answer() {
  surroundings_.at(Point::answer);
  check_session();
}

void FakePostgresSink::check_session() {
  if (interrupted_) {
    surroundings_.happened("a call was interrupted");
    drop();
  }
  if (server_.is_alive(session_)) return;
  session_ = 0;
  throw DatabaseFault{"57P01", true};
}

void FakePostgresSink::take_lock(const TopicPartition& name, milliseconds patience) {
  const Clock::Time deadline = clock_.now() + patience;
  while (server_.lock(session_, name) == FakePostgres::Lock::held_by_other) {
    if (clock_.now() >= deadline) {
      surroundings_.happened("a lock was waited for in vain");
      server_.rollback(session_);
      throw DatabaseFault{"55P03"};
    }
    surroundings_.at(Point::lock_wait);
    check_session();
  }
}

void FakePostgresSink::end_owners(const std::vector<TopicPartition>& names, FakePostgres::SessionId only, FakePostgres::Ended which) {
  check_session();
  if (server_.end_owners(session_, names, only, which) > 0) surroundings_.happened("a frozen owner's session was ended");
}

// ---- claim and adoption -----------------------------------------------------------------------------------------------

void FakePostgresSink::claim(std::span<sluice_partition> partitions) {
  std::vector<FakePostgres::Position> claimed(partitions.size());
  bool locked = false;
  try {
    claim_locked(partitions, claimed);
  } catch (const DatabaseFault& fault) {
    if (fault.sqlstate != "55P03") throw;
    locked = true;
  }
  if (locked) {  // by an old owner that may finish; if it froze, it never will
    if (!blocked_since_) blocked_since_ = clock_.now();
    std::vector<TopicPartition> names;
    for (const sluice_partition& p : partitions) names.push_back(name_of(p));
    end_owners(names, 0, clock_.now() - *blocked_since_ >= kRevokeGrace ? FakePostgres::Ended::any : FakePostgres::Ended::stalled);
    throw Answer{Outcome::retry("a session that holds the partition's row", "55P03", milliseconds(100))};
  }
  blocked_since_.reset();
  owner_ = session_;
  for (size_t i = 0; i < partitions.size(); ++i) {
    sluice_partition& p = partitions[i];
    forget(name_of(p));  // of an earlier claim
    const FakePostgres::Position& stored = claimed[i];
    held_.push_back({name_of(p), stored.topic_id, stored.epoch, *stored.next_offset, {}, stored.witness});
    std::memcpy(p.topic_id, stored.topic_id.data(), sizeof p.topic_id);
    p.offset = *stored.next_offset;
    p.leader_epoch = stored.leader_epoch;
    p.witness_offset = stored.witness ? stored.witness->offset : -1;
    p.witness_crc = stored.witness ? stored.witness->crc : -1;
    p.witness_ts = stored.witness ? stored.witness->timestamp_ms : -1;
    p.user = &held_.back();
    if (surroundings_.tracing())
      surroundings_.note("claims " + held_.back().name.text() + ": epoch " + std::to_string(stored.epoch) + ", position " + std::to_string(*stored.next_offset));
  }
}

void FakePostgresSink::claim_locked(std::span<sluice_partition> partitions, std::vector<FakePostgres::Position>& claimed) {
  statement(Point::claim);
  std::vector<FakePostgres::Claim> wanted;
  for (const sluice_partition& p : partitions) {
    FakePostgres::Claim& claim = wanted.emplace_back();
    claim.name = name_of(p);
    std::memcpy(claim.topic_id.data(), p.topic_id, sizeof p.topic_id);
    claim.initial = p.offset;
    claim.group_gen = p.epoch;
    if (!server_.is_stale(claim)) continue;
    surroundings_.happened("a claim of an older generation was put off");
    throw Answer{Outcome::retry("the group: another member holds these partitions by a newer assignment", "stale.assignment", milliseconds(1000))};
  }
  std::vector<size_t> in_order(wanted.size());
  for (size_t i = 0; i < in_order.size(); ++i) in_order[i] = i;
  std::ranges::sort(in_order, {}, [&](size_t i) -> const TopicPartition& { return wanted[i].name; });
  for (const size_t i : in_order) {
    take_lock(wanted[i].name, kClaimLockTimeout);
    claimed[i] = server_.claim(session_, wanted[i]);
  }
  statement(Point::claimed);
  server_.commit(session_);
  read_answer();
}

// After the connection was lost: settles what is in doubt, and takes nothing from a newer owner.
void FakePostgresSink::adopt() {
  if (held_.empty()) return;
  bool locked = false;
  try {
    take_over();
  } catch (const DatabaseFault& fault) {
    if (fault.sqlstate != "55P03") throw;
    locked = true;
  }
  if (!locked) {
    owner_ = session_;
    return;
  }
  std::vector<TopicPartition> names;
  for (const Held& held : held_) names.push_back(held.name);
  end_owners(names, owner_, FakePostgres::Ended::any);
  throw Answer{Outcome::retry("the database to end the session that was lost", "55P03", milliseconds(100))};
}

void FakePostgresSink::take_over() {
  statement(Point::adopt);
  std::vector<Held*> in_order;
  for (Held& held : held_) in_order.push_back(&held);
  std::ranges::sort(in_order, {}, [](const Held* held) -> const TopicPartition& { return held->name; });
  for (const Held* held : in_order) take_lock(held->name, kLockTimeout);
  std::string lost;
  for (Held* held : in_order) {
    const auto stored = server_.read(session_, held->name);
    const int64_t epoch = stored ? stored->epoch : -1;
    const int64_t next = stored ? stored->next_offset.value_or(-1) : -1;
    const bool same_topic = stored && stored->topic_id == held->topic_id;
    if (epoch == held->epoch && same_topic && (next == held->next_offset || next == held->in_doubt)) {
      if (held->in_doubt) surroundings_.happened(next == held->in_doubt ? "a commit in doubt had happened" : "a commit in doubt had not happened");
      held->next_offset = next;
      held->in_doubt.reset();
      held->witness = stored->witness;
      server_.own(session_, held->name);
      continue;
    }
    const bool regressed = epoch < held->epoch || (epoch == held->epoch && (next < held->next_offset || !same_topic));
    surroundings_.happened(regressed ? "a database that went back was noticed" : "another owner was noticed by its epoch");
    lost = regressed ? "the database has gone back" : "another owner has claimed " + held->name.text();
  }
  server_.commit(session_);
  read_answer();
  if (!lost.empty()) give_up(lost);
}

// Nothing comes: are the positions still as they were left?
void FakePostgresSink::verify() {
  if (held_.empty()) return;
  statement(Point::verify);
  const bool same = std::ranges::all_of(held_, [&](const Held& held) {
    const auto stored = server_.read(session_, held.name);
    return stored && stored->epoch == held.epoch && stored->next_offset == held.next_offset && stored->topic_id == held.topic_id;
  });
  read_answer();
  surroundings_.happened("an idle task looked after its positions");
  if (!same) adopt();
}

// ---- a batch ----------------------------------------------------------------------------------------------------------

FakePostgresSink::Write FakePostgresSink::read(const LentBatch& batch) {
  Write write;
  for (uint32_t s = 0; s < batch.span_count; ++s) {
    const sluice_span& span = batch.spans[s];
    Held& held = *static_cast<Held*>(span.user);
    if (span.next_offset <= held.next_offset) continue;
    FakePostgres::Step step{held.name, held.epoch, held.next_offset, span.next_offset, span.leader_epoch, held.witness};
    for (uint32_t i = span.first; i < span.first + span.count; ++i) {
      const sluice_record& record = batch.records[i];
      if (record.offset < held.next_offset) continue;  // written before, by a commit whose answer was lost
      const Quality quality = options_.quality(text_of(record));
      if (quality == Quality::undecodable || (quality == Quality::refused && options_.tolerates_errors && options_.finds_bad_records)) {
        write.rejected.push_back(i);
        write.why.push_back({0, "22003", "", "out of range"});
        ++step.rejected;
        continue;
      }
      write.refused = write.refused || quality == Quality::refused;
      write.rows.push_back({&held, {record.offset, std::string(text_of(record))}});
      step.witness = {record.offset, crc_of(text_of(record)), record.timestamp_ms};
      ++step.records;
    }
    for (size_t i = 0; i < batch.rejected_count; ++i)
      if (batch.rejected[i].record->span == s && batch.rejected[i].record->offset >= held.next_offset) ++step.rejected;
    write.steps.emplace_back(&held, std::move(step));
  }
  std::ranges::sort(write.steps, {}, [](const auto& step) -> const TopicPartition& { return step.second.name; });
  return write;
}

void FakePostgresSink::write(const LentBatch& batch) {
  Write write = read(batch);
  if (write.steps.empty()) return;
  if (!write.rejected.empty() && !options_.tolerates_errors) throw Answer{Outcome::bad_data("undecodable", "22003")};
  bool in_doubt = false;
  try {
    carry_out(batch, write, in_doubt);
  } catch (const DatabaseFault&) {
    if (in_doubt)
      for (auto& [held, step] : write.steps) held->in_doubt = step.next;
    throw;
  }
  for (auto& [held, step] : write.steps) {
    held->next_offset = step.next;
    held->witness = step.witness;
  }
}

void FakePostgresSink::carry_out(const LentBatch& batch, Write& write, bool& in_doubt) {
  statement(Point::write);
  for (const auto& [held, step] : write.steps) {
    // The snapshot does not match: there is no row to wait for. It matches: whoever holds the row may change it meanwhile.
    const bool matches = server_.matches(session_, step);
    if (matches) take_lock(step.name, kLockTimeout);
    if (!matches || !server_.matches(session_, step)) {
      surroundings_.happened("a compare-and-swap matched nothing");
      server_.rollback(session_);
      give_up("another owner has claimed one of " + step.name.text());
    }
    server_.move(session_, step);
  }
  if (write.rejected.empty()) server_.begin_copy(session_);
  if (!options_.one_message) statement(Point::cas_done);
  for (auto& [held, row] : write.rows) server_.insert(session_, held->name, std::move(row));
  if (write.refused) {
    server_.rollback(session_);
    throw Answer{Outcome::bad_data("the database refuses a row", "23514")};
  }
  if (!options_.one_message) statement(Point::rows_done);
  if (!write.rejected.empty()) {
    // Their letters are durable before the position can pass them.
    if (Outcome told = rejects_.reject(batch, write.rejected, write.why); !told.ok()) {
      check_session();
      server_.rollback(session_);
      throw Answer{std::move(told)};
    }
    check_session();
  }
  finish(in_doubt);
  if (!surroundings_.tracing()) return;
  for (const auto& [held, step] : write.steps)
    surroundings_.note("writes " + step.name.text() + ": epoch " + std::to_string(step.epoch) + ", position " + std::to_string(step.expect) + " to " +
                       std::to_string(step.next) + ", " + std::to_string(step.records) + " record(s)");
}

// COMMIT. Once it is sent nobody knows whether it happened, until it is answered.
void FakePostgresSink::finish(bool& in_doubt) {
  if (!options_.one_message) {
    in_doubt = true;
    surroundings_.at(Point::commit);
    check_session();
  }
  if (const auto fault = surroundings_.database_fault(Point::commit)) {
    in_doubt = fault->connection_lost;
    if (fault->took_effect) server_.commit(session_);
    fail(*fault);
  }
  server_.commit(session_);
  in_doubt = true;
  read_answer();
}

}  // namespace sluice
