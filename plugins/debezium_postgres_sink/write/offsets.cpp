#include "debezium_postgres_sink/write/offsets.h"

#include <vector>

#include "debezium_postgres_sink/uuid.h"
#include "debezium_postgres_sink/write/positions.h"
#include "debezium_postgres_sink/write/sql_fault.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {
namespace {

constexpr const char* kRead =
    "SELECT topic, partition, next_offset FROM sluice.sink_offsets WHERE connector = $1 ORDER BY topic, partition";

// NULL is unset: the next claim begins where the host says, and no compare-and-swap of a former owner matches it. A group whose
// last offset is removed begins anew with its first generation, so the one that was seen says nothing any more.
constexpr const char* kAlter = R"(
INSERT INTO sluice.sink_offsets AS s (connector, topic, partition, topic_id, next_offset, epoch)
SELECT $1, w.topic, w.partition, w.topic_id, NULLIF(w.off, -1), 1
  FROM unnest($2::text[], $3::int[], $4::uuid[], $5::bigint[]) AS w(topic, partition, topic_id, off)
 ORDER BY w.topic, w.partition
ON CONFLICT (connector, topic, partition) DO UPDATE
   SET next_offset = EXCLUDED.next_offset, topic_id = EXCLUDED.topic_id, epoch = s.epoch + 1, leader_epoch = -1,
       witness_offset = NULL, witness_crc = NULL, witness_ts = NULL, deleted_key = NULL,
       owner_id = NULL, owner_pid = NULL, group_gen = -1, updated_at = clock_timestamp())";

// Before the change, for what it was.
constexpr const char* kNote = R"(
INSERT INTO sluice.sink_events (connector, topic, partition, kind, detail)
SELECT $1, w.topic, w.partition, 'alter', jsonb_build_object('from', s.next_offset, 'to', NULLIF(w.off, -1), 'epoch', COALESCE(s.epoch, 0) + 1)
  FROM unnest($2::text[], $3::int[], $4::bigint[]) AS w(topic, partition, off)
  LEFT JOIN sluice.sink_offsets s ON s.connector = $1 AND (s.topic, s.partition) = (w.topic, w.partition))";

}  // namespace

Offsets::Offsets(const Config& config)
    : settings_(read_settings(config)), connector_(config.connector()), database_(settings_, connector_ + "-offsets", context_) {}

void Offsets::read(const std::function<void(const sluice_partition&)>& each) {
  pqxx::result rows;
  try {
    database_.begin_call();
    database_.transact([&](pqxx::work& t) {
      if (t.query_value<bool>("SELECT to_regclass('sluice.sink_offsets') IS NOT NULL")) rows = t.exec(kRead, pqxx::params{connector_});
    });
  } catch (const SqlFault& fault) {
    answer(fault);
  }
  for (const auto& row : rows) {
    const std::string topic = row[0].as<std::string>();
    sluice_partition partition{};
    partition.topic = {topic.data(), topic.size()};
    partition.partition = row[1].as<int32_t>();
    partition.offset = row[2].as<std::optional<int64_t>>().value_or(SLUICE_NO_OFFSET);
    each(partition);
  }
}

void Offsets::alter(std::span<const sluice_partition> partitions) {
  std::vector<std::string> topics, ids;
  std::vector<int32_t> numbers;
  std::vector<int64_t> offsets;
  for (const sluice_partition& p : partitions) {
    topics.emplace_back(text(p.topic));
    numbers.push_back(p.partition);
    ids.push_back(uuid_text(p.topic_id));
    offsets.push_back(p.offset == SLUICE_NO_OFFSET ? -1 : p.offset);
  }
  try {
    database_.begin_call();
    ensure_position_tables(database_);
    database_.transact([&](pqxx::work& t) {
      t.exec(kNote, pqxx::params{connector_, topics, numbers, offsets});
      t.exec(kAlter, pqxx::params{connector_, topics, numbers, ids, offsets});
      SLUICE_FAILPOINT_OR("alter.before_commit", database_.interrupt());
    });
    SLUICE_FAILPOINT("alter.committed");
  } catch (const SqlFault& fault) {
    if (fault.sqlstate == "55P03")
      throw Retry("a session that holds a row of the connector in sluice.sink_offsets: another host that runs it, or a person", "55P03");
    answer(fault);
  }
}

}  // namespace sluice::debezium
