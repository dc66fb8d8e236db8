#include "debezium_postgres_sink/write/dead_letters.h"

#include <algorithm>

#include "debezium_postgres_sink/decode/cell.h"
#include "debezium_postgres_sink/decode/datetime.h"
#include "debezium_postgres_sink/write/table_sql.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {
namespace {

void append_bytes(std::string& out, const void* data, uint32_t size) {
  if (!data) return void(out.append(kNullCell));
  static constexpr char kDigits[] = "0123456789abcdef";
  out.append("\\\\x");
  for (const unsigned char byte : std::string_view(static_cast<const char*>(data), size)) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
}

void append_text(std::string& out, std::string_view text) {
  if (text.empty()) out.append(kNullCell);
  else append_escaped(out, text);
}

struct Letters {
  std::string text;  // COPY's
  std::vector<std::string> topics;
  std::vector<int32_t> partitions;
  std::vector<int64_t> offsets;

  void add(const std::string& connector, const sluice_span& span, const sluice_record& record, const sluice_error& why) {
    topics.emplace_back(sluice::text(span.topic));
    partitions.push_back(span.partition);
    offsets.push_back(record.offset);
    append_escaped(text, connector);
    text.push_back('\t');
    append_escaped(text, topics.back());
    text.append("\t" + std::to_string(span.partition) + "\t" + std::to_string(record.offset) + "\t");
    if (record.timestamp_ms < 0) text.append(kNullCell);
    else append_timestamp_ms(text, record.timestamp_ms);
    text.push_back('\t');
    append_bytes(text, record.key, record.key_len);
    text.push_back('\t');
    append_bytes(text, record.value, record.value_len);
    for (const char* part : {why.code, why.field, why.message}) {
      text.push_back('\t');
      append_text(text, part);
    }
    text.push_back('\n');
  }
};

}  // namespace

Reject reject(uint32_t index, std::string_view code, std::string_view column, std::string_view message) {
  Reject r{index, {}};
  detail::fill(r.why.code, code);
  detail::fill(r.why.field, column);
  detail::fill(r.why.message, message);
  return r;
}

Reject reject(uint32_t index, const RecordError& error) {
  return reject(index, error.code, error.column, about_column(error.column, error.what()));
}

DeadLetterTable::DeadLetterTable(Database& database, const std::string& name, std::string connector)
    : database_(database), table_(name.empty() ? "" : quoted(TableNameTemplate(name).fill("", "", ""))), connector_(std::move(connector)) {}

void DeadLetterTable::prepare() {
  if (table_.empty() || exists_) return;
  database_.transact([&](pqxx::work& t) {
    if (!t.query_value<bool>("SELECT to_regclass($1) IS NOT NULL", pqxx::params{table_})) {
      t.exec("SELECT pg_advisory_xact_lock(hashtext('sluice.ddl'))");
      t.exec("CREATE TABLE IF NOT EXISTS " + table_ + R"( (
  connector text NOT NULL, topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL,
  "timestamp" timestamptz, key bytea, value bytea,
  code text, column_name text, message text,
  rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(), replayed_at timestamptz,
  PRIMARY KEY (connector, topic, partition, "offset")))");
      SLUICE_FAILPOINT_OR("letters.table_made", database_.interrupt());
    }
  });
  exists_ = true;
}

void DeadLetterTable::write(pqxx::work& transaction, const Batch& batch, const std::vector<Reject>& rejects) {
  if (table_.empty() || (rejects.empty() && batch.rejected().empty())) return;
  Letters letters;
  for (const Reject& r : rejects) {
    const sluice_record& record = batch[r.index].raw();
    letters.add(connector_, batch.spans()[record.span], record, r.why);
  }
  for (const sluice_rejected& r : batch.rejected()) letters.add(connector_, batch.spans()[r.record->span], *r.record, *r.why);
  // A record that is rejected again, after its position was set back, replaces its letter.
  transaction.exec("DELETE FROM " + table_ + R"( d USING unnest($2::text[], $3::int[], $4::bigint[]) AS w(topic, partition, "offset")
 WHERE d.connector = $1 AND d.topic = w.topic AND d.partition = w.partition AND d."offset" = w."offset")",
                   pqxx::params{connector_, letters.topics, letters.partitions, letters.offsets});
  database_.copy("COPY " + table_ + R"( (connector, topic, partition, "offset", "timestamp", key, value, code, column_name, message) FROM STDIN)", letters.text);
  SLUICE_FAILPOINT_OR("letters.table_written", database_.interrupt());
}

}  // namespace sluice::debezium
