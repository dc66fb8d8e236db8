#include "debezium_postgres_sink/write/positions.h"

#include <algorithm>
#include <cstring>

#include "debezium_postgres_sink/map/mapping.h"
#include "debezium_postgres_sink/write/sql_fault.h"
#include "debezium_postgres_sink/uuid.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {
namespace {

constexpr int64_t kRevokeGraceNs = 5'000'000'000;  // how long an old owner may take to finish its transaction

// How long a claim waits for it at a time: what the first commit after a frozen owner waits for.
constexpr const char* kClaimLockTimeout = "SET LOCAL lock_timeout = '500ms'";

// sink_offsets has no index but its key, so that each update is a heap-only one; half-empty pages leave it room.
constexpr const char* kCreateTables = R"(
CREATE TABLE IF NOT EXISTS sluice.sink_offsets (
  connector      text    NOT NULL,
  topic          text    NOT NULL,
  partition      integer NOT NULL CHECK (partition >= 0),
  topic_id       uuid    NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  next_offset    bigint  CHECK (next_offset >= 0),
  leader_epoch   integer NOT NULL DEFAULT -1,
  witness_offset bigint, witness_crc bigint, witness_ts bigint,
  deleted_key    bigint,
  epoch          bigint  NOT NULL DEFAULT 0,
  owner_id       uuid, owner_pid integer,
  group_gen      bigint  NOT NULL DEFAULT -1,
  records_total  bigint  NOT NULL DEFAULT 0,
  gaps_total     bigint  NOT NULL DEFAULT 0,
  rejected_total bigint  NOT NULL DEFAULT 0,
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (connector, topic, partition)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 50);
CREATE TABLE IF NOT EXISTS sluice.sink_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  connector text NOT NULL, topic text, partition integer,
  kind text NOT NULL,
  detail jsonb);
ALTER TABLE sluice.sink_offsets ADD COLUMN IF NOT EXISTS deleted_key bigint)";

// The fence and the read are one statement: a position that was read before its old owner was fenced could still move. Rows
// are taken in key order, so that two claimers cannot deadlock. The host's offset counts only for a partition never seen or
// one that was reset to NULL.
constexpr const char* kClaim = R"(
INSERT INTO sluice.sink_offsets AS s (connector, topic, partition, topic_id, next_offset, epoch, owner_id, owner_pid, group_gen)
SELECT $1, w.topic, w.partition, w.topic_id, w.initial, 1, $2::uuid, pg_backend_pid(), w.gen
  FROM unnest($3::text[], $4::int[], $5::uuid[], $6::bigint[], $7::bigint[]) AS w(topic, partition, topic_id, initial, gen)
 ORDER BY w.topic, w.partition
ON CONFLICT (connector, topic, partition) DO UPDATE
   SET epoch = s.epoch + 1, owner_id = EXCLUDED.owner_id, owner_pid = EXCLUDED.owner_pid,
       next_offset = COALESCE(s.next_offset, EXCLUDED.next_offset),
       topic_id = CASE WHEN s.next_offset IS NULL OR s.topic_id = '00000000-0000-0000-0000-000000000000'
                       THEN EXCLUDED.topic_id ELSE s.topic_id END,
       group_gen = EXCLUDED.group_gen, updated_at = clock_timestamp()
RETURNING topic, partition, topic_id, epoch, next_offset, leader_epoch, witness_offset, witness_crc, witness_ts, deleted_key)";

constexpr const char* kNoteClaim = R"(
INSERT INTO sluice.sink_events (connector, topic, partition, kind, detail)
SELECT s.connector, s.topic, s.partition, 'claim', jsonb_build_object('epoch', s.epoch, 'next_offset', s.next_offset, 'owner_id', $2::text)
  FROM sluice.sink_offsets s JOIN unnest($3::text[], $4::int[]) AS w(topic, partition) USING (topic, partition)
 WHERE s.connector = $1)";

// A group's generation only grows while the group lives. A claim of an older one, by a process that was frozen between being
// assigned and claiming, would take the partition from its present owner. Only a hint: the epoch is what protects.
constexpr const char* kStale = R"(
SELECT count(*) FROM sluice.sink_offsets s
  JOIN unnest($2::text[], $3::int[], $4::bigint[]) AS w(topic, partition, gen) USING (topic, partition)
 WHERE s.connector = $1 AND w.gen >= 0 AND w.gen < s.group_gen AND s.updated_at > clock_timestamp() - interval '60 s')";

// The same role may end its own sessions. The name and the user guard against a pid that was given anew meanwhile. With $5 only
// those that wait for more of their client in a transaction that is a second old: a client that is frozen, in COPY or between statements.
constexpr const char* kEndOwners = R"(
SELECT count(*) FROM (
SELECT pg_terminate_backend(a.pid)
  FROM sluice.sink_offsets s JOIN unnest($2::text[], $3::int[]) AS w(topic, partition) USING (topic, partition)
  JOIN pg_stat_activity a ON a.pid = s.owner_pid
 WHERE s.connector = $1 AND a.application_name LIKE 'sluice:' || s.owner_id || ':%' AND a.usename = current_user
   AND a.pid <> pg_backend_pid() AND ($4 = '' OR s.owner_id::text = $4)
   AND (NOT $5 OR a.wait_event = 'ClientRead' AND a.xact_start < clock_timestamp() - interval '1 s')
 GROUP BY a.pid) ended)";

// What kAdvance is prepared as: planning it costs more than carrying it out.
constexpr const char* kAdvanceName = "sluice_advance";

// Takes the row locks in order, fails fast, and serialises owner and zombie before any data row is touched. Joined by key, not
// by ctid: with ctid an unrelated update of the row while this waits would look like a lost race.
constexpr const char* kAdvance = R"(
WITH want(topic, partition, epoch, expect, nxt, lepoch, woff, wcrc, wts, n, rejected, deleted) AS (
       SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::int[],
                            $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])),
     held AS MATERIALIZED (
       SELECT s.connector, w.* FROM sluice.sink_offsets s JOIN want w USING (topic, partition)
        WHERE s.connector = $1 AND s.epoch = w.epoch AND s.next_offset = w.expect
        ORDER BY s.topic, s.partition FOR UPDATE OF s)
UPDATE sluice.sink_offsets s
   SET next_offset = held.nxt, leader_epoch = held.lepoch,
       witness_offset = held.woff, witness_crc = held.wcrc, witness_ts = held.wts,
       deleted_key = held.deleted,
       records_total = s.records_total + held.n, rejected_total = s.rejected_total + held.rejected,
       gaps_total = s.gaps_total + (held.nxt - held.expect - held.n - held.rejected),
       updated_at = clock_timestamp()
  FROM held WHERE s.connector = held.connector AND s.topic = held.topic AND s.partition = held.partition)";

// What kAdvance begins with, for itself.
constexpr const char* kHold = R"(
SELECT count(*) FROM (
SELECT FROM sluice.sink_offsets s
  JOIN unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]) AS w(topic, partition, epoch, expect) USING (topic, partition)
 WHERE s.connector = $1 AND s.epoch = w.epoch AND s.next_offset = w.expect
 ORDER BY s.topic, s.partition FOR UPDATE OF s) held)";

// Waits for a transaction of the lost connection that still holds the row; what it answers is settled. The epoch alone does not say whose
// a row is: where a failover took our claim back, a person who then resets the position for a topic that was made anew raises it to ours.
constexpr const char* kAdopt = R"(
WITH mine(topic, partition, epoch, topic_id) AS (SELECT * FROM unnest($3::text[], $4::int[], $5::bigint[], $6::uuid[])),
     held AS MATERIALIZED (
       SELECT s.topic, s.partition, s.epoch, s.next_offset, s.witness_offset, s.witness_crc, s.witness_ts, s.deleted_key,
              m.epoch AS ours, s.topic_id = m.topic_id AS same_topic
         FROM sluice.sink_offsets s JOIN mine m USING (topic, partition)
        WHERE s.connector = $1 ORDER BY s.topic, s.partition FOR UPDATE OF s),
     owned AS (
       UPDATE sluice.sink_offsets s SET owner_id = $2::uuid, owner_pid = pg_backend_pid() FROM held h
        WHERE s.connector = $1 AND (s.topic, s.partition) = (h.topic, h.partition) AND h.epoch = h.ours AND h.same_topic)
SELECT topic, partition, epoch, next_offset, witness_offset, witness_crc, witness_ts, deleted_key, same_topic FROM held)";

constexpr const char* kStillOurs = R"(
SELECT count(*) FROM sluice.sink_offsets s
  JOIN unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::uuid[]) AS w(topic, partition, epoch, expect, topic_id) USING (topic, partition)
 WHERE s.connector = $1 AND s.epoch = w.epoch AND s.next_offset = w.expect AND s.topic_id = w.topic_id)";

void read_uuid(std::string_view text, uint8_t (&bytes)[16]) {
  size_t digit = 0;
  std::memset(bytes, 0, sizeof bytes);
  for (const char c : text) {
    if (c == '-' || digit == 32) continue;
    const auto value = static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    bytes[digit / 2] = static_cast<uint8_t>(bytes[digit / 2] << 4 | value);
    ++digit;
  }
}

std::string name_of(const Position& p) { return p.topic + "-" + std::to_string(p.partition); }

// An array's text. libpqxx writes one itself, but counts four bytes for a NULL and writes five: past the end of its buffer.
std::string array_of(std::span<const std::optional<int64_t>> numbers) {
  std::string text = "{";
  for (const auto& number : numbers) text.append(text.size() == 1 ? "" : ",").append(number ? std::to_string(*number) : "NULL");
  return text + "}";
}

}  // namespace

Positions::Positions(Database& database, std::string connector, Context context)
    : database_(database), connector_(std::move(connector)), context_(context) {}

void ensure_position_tables(Database& database) {
  try {
    database.transact([&](pqxx::work& t) {
      // Asked first: CREATE .. IF NOT EXISTS demands the right to create even where everything is there.
      if (t.query_value<bool>("SELECT to_regclass('sluice.sink_events') IS NOT NULL AND EXISTS (SELECT FROM pg_attribute "
                              "WHERE attrelid = to_regclass('sluice.sink_offsets') AND attname = 'deleted_key')"))
        return;
      // Two tasks that start at once would both create; the loser would fail on the catalogue's unique index.
      t.exec("SELECT pg_advisory_xact_lock(hashtext('sluice.sink_offsets'))");
      // The same holds for the schema: a role that was given its own may create no other.
      if (t.query_value<bool>("SELECT to_regnamespace('sluice') IS NULL")) t.exec("CREATE SCHEMA sluice");
      t.exec(kCreateTables);
      SLUICE_FAILPOINT_OR("tables.before_commit", database.interrupt());
    });
  } catch (const SqlFault& fault) {
    if (fault.sqlstate != "42501") throw;
    throw Retry("the role may not create the schema for the positions: " + fault.message +
                    " (SQLSTATE 42501); as the database's owner, CREATE SCHEMA sluice AUTHORIZATION the connector's role",
                "blocked.42501", 30'000);
  }
}

void Positions::claim(Partitions partitions) {
  if (!tables_checked_) ensure_position_tables(database_);
  tables_checked_ = true;
  Names names;
  std::vector<std::string> ids;
  std::vector<int64_t> initials, generations;
  for (const sluice_partition& p : partitions) {
    names.add(std::string(text(p.topic)), p.partition);
    ids.push_back(uuid_text(p.topic_id));
    initials.push_back(p.offset);
    generations.push_back(p.epoch);
  }
  pqxx::result claimed;
  try {
    database_.transact([&](pqxx::work& t) {
      SLUICE_FAILPOINT_OR("claim.before_upsert", database_.interrupt());
      t.exec(kClaimLockTimeout);
      if (t.query_value<int64_t>(kStale, pqxx::params{connector_, names.topics, names.partitions, generations}) > 0)
        throw Retry("the group: another member holds these partitions by a newer assignment", "stale.assignment", 1000);
      claimed = t.exec(kClaim, pqxx::params{connector_, database_.owner_id(), names.topics, names.partitions, ids, initials, generations});
      SLUICE_FAILPOINT_OR("claim.after_upsert", database_.interrupt());
      t.exec(kNoteClaim, pqxx::params{connector_, database_.owner_id(), names.topics, names.partitions});
      SLUICE_FAILPOINT_OR("claim.before_commit", database_.interrupt());
    });
  } catch (const SqlFault& fault) {
    if (fault.sqlstate != "55P03") throw;
    // An old owner has a transaction open on the row. It may finish; if it froze, it never will.
    SLUICE_FAILPOINT("claim.blocked");
    if (blocked_since_ns_ == 0) blocked_since_ns_ = context_.monotonic_ns();
    end_owners(names, "", context_.monotonic_ns() - blocked_since_ns_ >= kRevokeGraceNs ? Ended::any : Ended::stalled);
    throw Retry("a session that holds the partition's row in sluice.sink_offsets: its former owner, which is still writing, or a person",
                "55P03", 100);
  }
  SLUICE_FAILPOINT_OR("claim.committed", throw Retry("the database: the claim's answer is lost, by a failpoint", "connection"));
  blocked_since_ns_ = 0;
  owner_id_ = database_.owner_id();
  read_claim(claimed, partitions);
}

void Positions::read_claim(const pqxx::result& claimed, Partitions partitions) {
  for (sluice_partition& p : partitions) {
    const auto row = std::ranges::find_if(claimed, [&](const auto& r) {
      return r[0].template as<std::string_view>() == text(p.topic) && r[1].template as<int32_t>() == p.partition;
    });
    if (row == claimed.end()) throw Restart("the claim of a partition was not answered", "claim");
    forget(p);  // of an earlier claim
    Position& held = held_.emplace_back();
    held.topic = text(p.topic);
    held.partition = p.partition;
    held.topic_id = (*row)[2].as<std::string>();
    read_uuid(held.topic_id, p.topic_id);
    held.epoch = (*row)[3].as<int64_t>();
    held.next_offset = p.offset = (*row)[4].as<int64_t>();
    held.leader_epoch = p.leader_epoch = (*row)[5].as<int32_t>();
    held.witness_offset = (*row)[6].as<std::optional<int64_t>>();
    held.witness_crc = (*row)[7].as<std::optional<int64_t>>();
    held.witness_ts = (*row)[8].as<std::optional<int64_t>>();
    held.deleted_key = (*row)[9].as<std::optional<int64_t>>();
    p.witness_offset = held.witness_offset.value_or(-1);
    p.witness_crc = held.witness_crc.value_or(-1);
    p.witness_ts = held.witness_ts.value_or(-1);
    p.user = &held;
  }
}

void Positions::end_owners(const Names& names, const std::string& only_owner, Ended which) {
  int64_t ended = 0;
  database_.transact([&](pqxx::work& t) {
    ended = t.query_value<int64_t>(kEndOwners, pqxx::params{connector_, names.topics, names.partitions, only_owner, which == Ended::stalled});
  });
  if (ended == 0) return;
  SLUICE_FAILPOINT("claim.owners_ended");
  context_.warn("ended " + std::to_string(ended) + " session(s) of a former owner that had stopped in the middle of a transaction");
}

void Positions::adopt() {
  if (held_.empty()) return;
  std::string lost;
  std::optional<bool> happened;
  try {
    database_.transact([&](pqxx::work& t) {
      lost = take_over(t, happened);
      SLUICE_FAILPOINT_OR("adopt.before_commit", database_.interrupt());
    });
    SLUICE_FAILPOINT("adopt.committed");
  } catch (const SqlFault& fault) {
    if (fault.sqlstate != "55P03") throw;
    // Our own lost session still holds the row: a server that waits for more of a COPY does not notice by itself. Only that
    // one is ended; a newer owner that is writing is nobody to be thrown out by a process that was frozen.
    end_owners(names_of_held(), owner_id_, Ended::any);
    throw Retry("the database to end the session that was lost", "55P03", 100);
  }
  if (!lost.empty()) give_up(lost);
  if (happened) context_.warn(*happened ? "the COMMIT in doubt had happened" : "the COMMIT in doubt had not happened; its batch is written again");
  owner_id_ = database_.owner_id();
}

// Says why the positions are no longer ours, if they are not; and of a COMMIT in doubt whether it happened.
std::string Positions::take_over(pqxx::work& transaction, std::optional<bool>& happened) {
  const Names names = names_of_held();
  std::vector<int64_t> epochs;
  for (const Position& p : held_) epochs.push_back(p.epoch);
  const pqxx::result rows = run_on_positions(
      transaction, kAdopt, pqxx::params{connector_, database_.owner_id(), names.topics, names.partitions, epochs, topic_ids_of_held()});
  std::string lost;
  for (Position& p : held_) {
    const auto row = std::ranges::find_if(rows, [&](const auto& r) {
      return r[0].template as<std::string_view>() == p.topic && r[1].template as<int32_t>() == p.partition;
    });
    const int64_t epoch = row == rows.end() ? -1 : (*row)[2].as<int64_t>();
    const int64_t stored = row == rows.end() ? -1 : (*row)[3].as<std::optional<int64_t>>().value_or(-1);
    const bool same_topic = row != rows.end() && (*row)[8].as<bool>();
    if (epoch == p.epoch && same_topic && (stored == p.next_offset || stored == p.in_doubt)) {
      if (p.in_doubt) happened = stored == p.in_doubt;
      p.next_offset = stored;
      p.in_doubt.reset();
      p.witness_offset = (*row)[4].as<std::optional<int64_t>>();
      p.witness_crc = (*row)[5].as<std::optional<int64_t>>();
      p.witness_ts = (*row)[6].as<std::optional<int64_t>>();
      p.deleted_key = (*row)[7].as<std::optional<int64_t>>();
      continue;
    }
    // A lower epoch, or the same with a lower offset or another topic, is a database that has gone back: a failover or a restored backup.
    // Rows and position went back together, so writing again from there is right.
    const bool regressed = epoch < p.epoch || (epoch == p.epoch && (stored < p.next_offset || !same_topic));
    note_event(transaction, p, regressed ? "db_regressed" : "fenced", epoch, stored);
    lost = regressed ? "the database has gone back behind what was written to " + name_of(p)
                     : "another owner has claimed " + name_of(p);
  }
  return lost;
}

Positions::Names Positions::names_of_held() const {
  Names names;
  for (const Position& p : held_) names.add(p.topic, p.partition);
  return names;
}

std::vector<std::string> Positions::topic_ids_of_held() const {
  std::vector<std::string> ids;
  for (const Position& p : held_) ids.push_back(p.topic_id);
  return ids;
}

void Positions::verify() {
  if (held_.empty()) return;
  std::vector<int64_t> epochs, expected;
  for (const Position& p : held_) {
    epochs.push_back(p.epoch);
    expected.push_back(p.next_offset);
  }
  const Names names = names_of_held();
  int64_t ours = 0;
  database_.without_transaction([&](pqxx::transaction_base& t) {
    SLUICE_FAILPOINT_OR("verify.before_read", database_.interrupt());
    ours = run_on_positions(t, kStillOurs, pqxx::params{connector_, names.topics, names.partitions, epochs, expected, topic_ids_of_held()}).one_field().as<int64_t>();
  });
  if (ours != static_cast<int64_t>(held_.size())) adopt();  // which says why they are not, and notes it
}

// What a table that is gone held cannot be guessed: the next claim makes a new one, and the host compares it with Kafka's commit.
pqxx::result Positions::run_on_positions(pqxx::transaction_base& transaction, const char* statement, const pqxx::params& parameters) {
  try {
    return transaction.exec(statement, parameters);
  } catch (const pqxx::undefined_table&) {
    give_up_without_table();
  }
}

void Positions::hold(pqxx::work& transaction, std::span<Position* const> positions) {
  Names names;
  std::vector<int64_t> epochs, expected;
  for (const Position* p : positions) {
    names.add(p->topic, p->partition);
    epochs.push_back(p->epoch);
    expected.push_back(p->next_offset);
  }
  const pqxx::result held =
      run_on_positions(transaction, kHold, pqxx::params{connector_, names.topics, names.partitions, epochs, expected});
  if (held.one_field().as<int64_t>() == static_cast<int64_t>(positions.size())) return;
  give_up_claimed(names);
}

void Positions::prepare() {
  database_.session();
  if (prepared_on_ == database_.owner_id()) return;
  Script script;
  script.add("DEALLOCATE ALL");  // a session may come from a pooler, with what another one has left in it
  script.check(std::string("PREPARE ") + kAdvanceName + " AS " + kAdvance, {}, [this](const SqlFault& fault) { missing_table(fault); });
  database_.without_transaction([&](pqxx::transaction_base&) {
    database_.run(script);
    SLUICE_FAILPOINT_OR("prepare.done", database_.interrupt());
  });
  prepared_on_ = database_.owner_id();
}

void Positions::advance(Script& script, std::span<const Step> steps) {
  Names names;
  std::vector<int32_t> leader_epochs;
  std::vector<int64_t> epochs, expected, next, records, rejected;
  std::vector<std::optional<int64_t>> witness_offsets, witness_crcs, witness_timestamps, deleted_keys;
  for (const Step& step : steps) {
    const Position& p = *step.position;
    names.add(p.topic, p.partition);
    epochs.push_back(p.epoch);
    expected.push_back(p.next_offset);
    next.push_back(step.next_offset);
    leader_epochs.push_back(step.leader_epoch);
    records.push_back(step.records);
    rejected.push_back(step.rejected);
    deleted_keys.push_back(step.deleted_key);
    const bool witnessed = step.witness_offset.has_value();
    witness_offsets.push_back(witnessed ? step.witness_offset : p.witness_offset);
    witness_crcs.push_back(witnessed ? step.witness_crc : p.witness_crc);
    witness_timestamps.push_back(witnessed ? step.witness_ts : p.witness_ts);
  }
  std::string sql = std::string("EXECUTE ") + kAdvanceName + "(" + quote_literal(connector_);
  for (const std::string& array : {pqxx::to_string(names.topics), pqxx::to_string(names.partitions), pqxx::to_string(epochs), pqxx::to_string(expected),
                                   pqxx::to_string(next), pqxx::to_string(leader_epochs), array_of(witness_offsets), array_of(witness_crcs),
                                   array_of(witness_timestamps), pqxx::to_string(records), pqxx::to_string(rejected), array_of(deleted_keys)})
    sql.append(", ").append(quote_literal(array));
  script.check(sql + ")", [this, names, count = static_cast<int64_t>(steps.size())](const SqlAnswer& moved) {
    if (moved.rows != count) give_up_claimed(names);
    SLUICE_FAILPOINT_OR("write.after_cas", database_.interrupt());
  }, [this](const SqlFault& fault) { missing_table(fault); });
}

void Positions::missing_table(const SqlFault& fault) {
  if (fault.sqlstate == "42P01") give_up_without_table();
}

void Positions::give_up_without_table() { give_up("sluice.sink_offsets is gone from the database"); }

void Positions::give_up_claimed(const Names& names) {
  std::string all;
  for (size_t i = 0; i < names.topics.size(); ++i)
    all.append(all.empty() ? "" : ", ").append(names.topics[i] + "-" + std::to_string(names.partitions[i]));
  give_up("another owner has claimed one of " + all);
}

void Positions::committed(std::span<const Step> steps) {
  for (const Step& step : steps) {
    Position& p = *step.position;
    p.next_offset = step.next_offset;
    p.leader_epoch = step.leader_epoch;
    p.deleted_key = step.deleted_key;
    if (!step.witness_offset) continue;
    p.witness_offset = step.witness_offset;
    p.witness_crc = step.witness_crc;
    p.witness_ts = step.witness_ts;
  }
}

void Positions::doubt(std::span<const Step> steps) {
  for (const Step& step : steps) step.position->in_doubt = step.next_offset;
}

void Positions::forget(const sluice_partition& partition) {
  held_.remove_if([&](const Position& p) { return p.topic == text(partition.topic) && p.partition == partition.partition; });
}

int64_t Positions::count_topics(pqxx::work& transaction) {
  return transaction.query_value<int64_t>("SELECT count(DISTINCT topic) FROM sluice.sink_offsets WHERE connector = $1", pqxx::params{connector_});
}

void Positions::note_event(pqxx::transaction_base& transaction, const Position& position, const char* kind, int64_t stored_epoch,
                           int64_t stored_offset) {
  transaction.exec(
      "INSERT INTO sluice.sink_events (connector, topic, partition, kind, detail) VALUES ($1, $2, $3, $4, "
      "jsonb_build_object('epoch', $5::bigint, 'next_offset', $6::bigint, 'stored_epoch', $7::bigint, 'stored_next_offset', $8::bigint))",
      pqxx::params{connector_, position.topic, position.partition, kind, position.epoch, position.next_offset, stored_epoch, stored_offset});
}

void Positions::give_up(const std::string& why) { throw Restart("a new claim, since " + why, "fenced", 200); }

}  // namespace sluice::debezium
