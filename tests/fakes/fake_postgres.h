// A Postgres in memory, as far as positions and rows need one: sessions, transactions, row locks, a write-ahead log whose prefixes
// are what a failover may leave. It mirrors what the statements of plugins/debezium_postgres_sink/write/positions.cpp do, and
// passes the list that the real ones pass (tests/conformance). It keeps state; nobody counts calls. One thread.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/topic_partition.h"
#include "task/clock.h"
#include "task/record_source.h"

namespace sluice {

class FakePostgres {
 public:
  using SessionId = uint64_t;  // 0 = none
  struct Witness {
    int64_t offset, crc, timestamp_ms;
    bool operator==(const Witness&) const = default;
  };
  // A row of sluice.sink_offsets.
  struct Position {
    std::optional<int64_t> next_offset;  // none: unset
    TopicId topic_id{};
    int32_t leader_epoch = -1;
    std::optional<Witness> witness;
    int64_t epoch = 0;
    SessionId owner = 0;
    int64_t group_gen = -1;
    Clock::Time updated_at{};
    int64_t records_total = 0, gaps_total = 0, rejected_total = 0;
    // Not in the real table, for whoever checks: where the rows of this position begin, which no owner can change.
    int segment = 0;        // a new one with each alter()
    int64_t base = -1;      // its first offset, once there is one
    size_t first_row = 0;   // its first row in the table
  };
  struct Row {
    int64_t offset;
    std::string value;
  };
  struct Claim {
    TopicPartition name;
    TopicId topic_id{};
    int64_t initial = 0, group_gen = -1;
  };
  struct Step {
    TopicPartition name;
    int64_t epoch = 0, expect = 0, next = 0;
    int32_t leader_epoch = -1;
    std::optional<Witness> witness;
    int64_t records = 0, rejected = 0;
  };
  struct Edit {
    TopicPartition name;
    TopicId topic_id{};
    std::optional<int64_t> next_offset;
  };
  enum class Lock { taken, held_by_other };

  explicit FakePostgres(const Clock& clock) : clock_(clock) {}

  // ---- a session's side. What is asked of a session that has ended is the caller's bug: is_alive() first.
  SessionId connect();
  bool is_alive(SessionId session) const { return sessions_.contains(session); }
  void disconnect(SessionId session);  // what is not committed is rolled back
  void disconnect_at(SessionId session, Clock::Time when);  // its process was killed: the server has yet to notice
  Lock lock(SessionId session, const TopicPartition& name);  // kept until the transaction ends
  bool is_stale(const Claim& claim) const;  // the generation guard
  Position claim(SessionId session, const Claim& claim);     // the row is locked
  // As the transaction sees it once it holds the row; none: there is none.
  std::optional<Position> read(SessionId session, const TopicPartition& name) const;
  bool matches(SessionId session, const Step& step) const;   // the compare of the compare-and-swap
  void move(SessionId session, const Step& step);            // the swap; the row is locked
  void own(SessionId session, const TopicPartition& name);   // a new connection of the same owner
  void begin_copy(SessionId session);  // until the transaction ends the server waits for rows, which no timeout is about
  void insert(SessionId session, const TopicPartition& name, Row row);
  void commit(SessionId session);
  void rollback(SessionId session);
  // Ends the sessions that the rows name as owners; `only`: that one alone. Stalled: those that the server waits for in the middle of a
  // transaction that is a second old.
  enum class Ended { any, stalled };
  int end_owners(SessionId asking, std::span<const TopicPartition> names, SessionId only, Ended which);
  bool alter(std::span<const Edit> edits);  // false: a session holds one of the rows
  void overwrite(const TopicPartition& name, int64_t next_offset);  // by a person's own statement

  // ---- the world's side
  void tick();                       // ends sessions whose time is over
  void set_at_work(SessionId session);  // as in a slow trigger: until its transaction ends the server does not wait for it
  size_t commits() const { return wal_.size(); }
  void restart();                    // every session ends
  void fail_over(size_t commits);    // to the state after so many commits: every session ends, what came later never was
  int timeline() const { return timeline_; }

  std::optional<Position> position(const TopicPartition& name) const;
  const std::vector<Row>& rows(const TopicPartition& name) const;
  SessionId holder(const TopicPartition& name) const;
  void pass_time_of_claims(std::chrono::seconds by);  // as if every row had been updated so much earlier

 private:
  struct Partition {
    TopicPartition name;
    std::optional<Position> position;
    std::vector<Row> rows;
    SessionId locked_by = 0;
  };
  struct Session {
    std::vector<std::pair<size_t, Position>> positions;  // of the transaction
    std::vector<std::pair<size_t, Row>> rows;
    std::vector<size_t> locks;
    Clock::Time active_at{};
    std::optional<Clock::Time> begun_at;    // its transaction
    std::optional<Clock::Time> refused_at;  // it was to wait for a lock, and does unless it has given up since
    bool copies = false, is_at_work = false;
    std::optional<Clock::Time> ends_at;
  };
  struct Snapshot {
    std::optional<Position> position;
    size_t rows = 0;
  };
  size_t index_of(const TopicPartition& name);
  const Partition* find(const TopicPartition& name) const;
  Session& active(SessionId session);
  Position& writable(Session& session, size_t index);
  void end_transaction(Session& session);
  bool is_stalled(const Session& session) const;
  void log_commit();

  const Clock& clock_;
  std::vector<Partition> partitions_;
  std::map<SessionId, Session> sessions_;
  std::vector<std::vector<Snapshot>> wal_;
  SessionId next_session_ = 1;
  int timeline_ = 1;
};

}  // namespace sluice
