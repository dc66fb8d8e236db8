#include "fakes/fake_postgres.h"

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::seconds;

constexpr seconds kIdleInTransaction{30};  // idle_in_transaction_session_timeout
constexpr seconds kGenerationCounts{60};
constexpr seconds kStalled{1};
constexpr seconds kLockTimeout{2};

}  // namespace

size_t FakePostgres::index_of(const TopicPartition& name) {
  for (size_t i = 0; i < partitions_.size(); ++i)
    if (partitions_[i].name == name) return i;
  partitions_.emplace_back().name = name;
  return partitions_.size() - 1;
}

const FakePostgres::Partition* FakePostgres::find(const TopicPartition& name) const {
  for (const Partition& p : partitions_)
    if (p.name == name) return &p;
  return nullptr;
}

// ---- sessions ---------------------------------------------------------------------------------------------------------

FakePostgres::SessionId FakePostgres::connect() {
  sessions_[next_session_].active_at = clock_.now();
  return next_session_++;
}

void FakePostgres::disconnect(SessionId id) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return;
  end_transaction(at->second);
  sessions_.erase(at);
}

void FakePostgres::disconnect_at(SessionId id, Clock::Time when) {
  if (const auto at = sessions_.find(id); at != sessions_.end()) at->second.ends_at = when;
}

FakePostgres::Session& FakePostgres::active(SessionId id) {
  Session& session = sessions_.at(id);
  session.active_at = clock_.now();
  if (!session.begun_at) session.begun_at = session.active_at;
  session.refused_at.reset();
  return session;
}

FakePostgres::Position& FakePostgres::writable(Session& session, size_t index) {
  for (auto& [i, position] : session.positions)
    if (i == index) return position;
  return session.positions.emplace_back(index, partitions_[index].position.value_or(Position{})).second;
}

FakePostgres::Lock FakePostgres::lock(SessionId id, const TopicPartition& name) {
  Session& session = active(id);
  const size_t index = index_of(name);
  SessionId& holder = partitions_[index].locked_by;
  if (holder == id) return Lock::taken;
  if (holder != 0) {
    session.refused_at = clock_.now();
    return Lock::held_by_other;
  }
  holder = id;
  session.locks.push_back(index);
  return Lock::taken;
}

bool FakePostgres::is_stale(const Claim& claim) const {
  const Partition* p = find(claim.name);
  return p && p->position && claim.group_gen >= 0 && claim.group_gen < p->position->group_gen &&
         p->position->updated_at > clock_.now() - kGenerationCounts;
}

// The fence and the read are one: whoever had the row before finds another epoch from here on.
FakePostgres::Position FakePostgres::claim(SessionId id, const Claim& claim) {
  Session& session = active(id);
  Position& p = writable(session, index_of(claim.name));
  if (!p.next_offset || p.topic_id == TopicId{}) p.topic_id = claim.topic_id;
  if (!p.next_offset) {
    p.next_offset = p.base = claim.initial;
    p.first_row = rows(claim.name).size();
  }
  ++p.epoch;
  p.owner = id;
  p.group_gen = claim.group_gen;
  p.updated_at = clock_.now();
  return p;
}

std::optional<FakePostgres::Position> FakePostgres::read(SessionId id, const TopicPartition& name) const {
  const Partition* p = find(name);
  if (!p) return {};
  for (const auto& [i, position] : sessions_.at(id).positions)
    if (&partitions_[i] == p) return position;
  return p->position;
}

bool FakePostgres::matches(SessionId id, const Step& step) const {
  const std::optional<Position> p = read(id, step.name);
  return p && p->epoch == step.epoch && p->next_offset == step.expect;
}

void FakePostgres::move(SessionId id, const Step& step) {
  Position& p = writable(active(id), index_of(step.name));
  p.next_offset = step.next;
  p.leader_epoch = step.leader_epoch;
  p.witness = step.witness;
  p.records_total += step.records;
  p.rejected_total += step.rejected;
  p.gaps_total += step.next - step.expect - step.records - step.rejected;
  p.updated_at = clock_.now();
}

void FakePostgres::own(SessionId id, const TopicPartition& name) { writable(active(id), index_of(name)).owner = id; }

void FakePostgres::begin_copy(SessionId id) { active(id).copies = true; }

void FakePostgres::set_at_work(SessionId id) { active(id).is_at_work = true; }

void FakePostgres::insert(SessionId id, const TopicPartition& name, Row row) { active(id).rows.emplace_back(index_of(name), std::move(row)); }

void FakePostgres::commit(SessionId id) {
  Session& session = active(id);
  for (auto& [index, position] : session.positions) partitions_[index].position = std::move(position);
  for (auto& [index, row] : session.rows) partitions_[index].rows.push_back(std::move(row));
  const bool changed = !session.positions.empty() || !session.rows.empty();
  end_transaction(session);
  if (changed) log_commit();
}

void FakePostgres::rollback(SessionId id) { end_transaction(active(id)); }

void FakePostgres::end_transaction(Session& session) {
  for (const size_t index : session.locks) partitions_[index].locked_by = 0;
  session.begun_at.reset();
  session.refused_at.reset();
  session.copies = session.is_at_work = false;
  session.locks.clear();
  session.positions.clear();
  session.rows.clear();
}

int FakePostgres::end_owners(SessionId asking, std::span<const TopicPartition> names, SessionId only, Ended which) {
  int ended = 0;
  for (const TopicPartition& name : names) {
    const Partition* p = find(name);
    if (!p || !p->position || p->position->owner == asking || !is_alive(p->position->owner)) continue;
    if (only != 0 && p->position->owner != only) continue;
    if (which == Ended::stalled && !is_stalled(sessions_.at(p->position->owner))) continue;
    disconnect(p->position->owner);
    ++ended;
  }
  return ended;
}

bool FakePostgres::is_stalled(const Session& session) const {
  const bool waits_for_lock = session.refused_at && *session.refused_at + kLockTimeout > clock_.now();
  return session.begun_at && *session.begun_at + kStalled <= clock_.now() && !session.is_at_work && !waits_for_lock;
}

bool FakePostgres::alter(std::span<const Edit> edits) {
  for (const Edit& edit : edits)
    if (holder(edit.name) != 0) return false;
  for (const Edit& edit : edits) {
    Partition& partition = partitions_[index_of(edit.name)];
    Position p;
    if (partition.position) p = *partition.position;
    p.next_offset = edit.next_offset;
    p.topic_id = edit.topic_id;
    p.leader_epoch = -1;
    p.witness.reset();
    p.owner = 0;
    p.group_gen = -1;
    p.updated_at = clock_.now();
    ++p.epoch;
    ++p.segment;
    p.base = edit.next_offset.value_or(-1);
    p.first_row = partition.rows.size();
    partition.position = p;
  }
  log_commit();
  return true;
}

void FakePostgres::overwrite(const TopicPartition& name, int64_t next_offset) {
  partitions_[index_of(name)].position.value().next_offset = next_offset;
  log_commit();
}

// ---- the world --------------------------------------------------------------------------------------------------------

void FakePostgres::tick() {
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    Session& session = at->second;
    const bool left_open = session.begun_at && !session.copies && !session.is_at_work && session.active_at + kIdleInTransaction < clock_.now();
    if (!left_open && !(session.ends_at && *session.ends_at <= clock_.now())) {
      ++at;
      continue;
    }
    end_transaction(session);
    at = sessions_.erase(at);
  }
}

void FakePostgres::log_commit() {
  std::vector<Snapshot>& snapshot = wal_.emplace_back();
  snapshot.reserve(partitions_.size());
  for (const Partition& p : partitions_) snapshot.push_back({p.position, p.rows.size()});
}

void FakePostgres::restart() {
  for (auto& [id, session] : sessions_) end_transaction(session);
  sessions_.clear();
}

void FakePostgres::fail_over(size_t commits) {
  restart();
  for (size_t i = 0; i < partitions_.size(); ++i) {
    const bool known = commits > 0 && i < wal_[commits - 1].size();
    partitions_[i].position = known ? wal_[commits - 1][i].position : std::nullopt;
    partitions_[i].rows.erase(partitions_[i].rows.begin() + static_cast<std::ptrdiff_t>(known ? wal_[commits - 1][i].rows : 0), partitions_[i].rows.end());
  }
  wal_.resize(commits);
  ++timeline_;
}

std::optional<FakePostgres::Position> FakePostgres::position(const TopicPartition& name) const {
  const Partition* p = find(name);
  return p ? p->position : std::nullopt;
}

const std::vector<FakePostgres::Row>& FakePostgres::rows(const TopicPartition& name) const {
  static const std::vector<Row> none;
  const Partition* p = find(name);
  return p ? p->rows : none;
}

FakePostgres::SessionId FakePostgres::holder(const TopicPartition& name) const {
  const Partition* p = find(name);
  return p ? p->locked_by : 0;
}

void FakePostgres::pass_time_of_claims(std::chrono::seconds by) {
  for (Partition& p : partitions_)
    if (p.position) p.position->updated_at -= by;
}

}  // namespace sluice
