// What a change says about itself: in the blocks of its envelope or, flattened, in fields beside the columns.
#include <algorithm>

#include "debezium_postgres_sink/decode/digits.h"
#include "debezium_postgres_sink/decode/envelope.h"

namespace sluice::debezium {
namespace {

std::optional<int64_t> integer_of(Json value) { return value.is(Json::Kind::number) ? whole_number(value.text()) : std::nullopt; }

// Times come as microseconds, nanoseconds or milliseconds, of which a flattened record may have any one.
std::optional<int64_t> time_of(Json block, std::string_view us, std::string_view ns, std::string_view ms) {
  if (const auto exact = integer_of(block.find(us))) return exact;
  if (const auto finer = integer_of(block.find(ns))) return *finer / 1000 - (*finer % 1000 < 0 ? 1 : 0);
  int64_t product = 0;
  const auto coarser = integer_of(block.find(ms));
  if (!coarser || __builtin_mul_overflow(*coarser, int64_t{1000}, &product)) return std::nullopt;
  return product;
}

std::optional<int64_t> time_of(Json block) { return time_of(block, "ts_us", "ts_ns", "ts_ms"); }

std::string_view text_of(Json value) { return value.is_string() ? value.text() : std::string_view(); }

// Each row of a transaction has an id of its own, `791:32237456`; only the part before the colon is the transaction's.
std::optional<int64_t> transaction_of(Json id) { return whole_number(text_of(id).substr(0, text_of(id).find(':'))); }

// A field of a flattened record that add.fields named in either of two ways.
Json fact(Json row, std::string_view name, std::string_view qualified) {
  const Json value = row.find(name);
  return value.exists() && !value.is_null() ? value : row.find(qualified);
}

}  // namespace

std::optional<int64_t> Change::source_time_us() const {
  if (!flattened) return time_of(source);
  if (const auto us = time_of(envelope, "__source_ts_us", "__source_ts_ns", "__source_ts_ms")) return us;
  return event_time_us();
}

std::optional<int64_t> Change::event_time_us() const {
  return flattened ? time_of(envelope, "__ts_us", "__ts_ns", "__ts_ms") : time_of(envelope);
}

std::optional<int64_t> Change::lsn() const {
  return integer_of(flattened ? fact(envelope, "__lsn", "__source_lsn") : source.find("lsn"));
}

std::optional<int64_t> Change::transaction_id() const {
  if (const auto id = integer_of(flattened ? fact(envelope, "__txId", "__source_txId") : source.find("txId"))) return id;
  return transaction_of(flattened ? fact(envelope, "__transaction_id", "__id") : envelope.find("transaction").find("id"));
}

std::string_view Change::source_schema() const {
  return text_of(flattened ? fact(envelope, "__schema", "__source_schema") : source.find("schema"));
}

std::string_view Change::source_table() const {
  return text_of(flattened ? fact(envelope, "__table", "__source_table") : source.find("table"));
}

// ExtractNewRecordState calls a field of add.fields `__` and its name, with `source_` or `transaction_` between where the setting
// was qualified (`source.ts_ms`). Not qualified, it may be of the envelope, of the Postgres connector's source block (2.4 to 3.x)
// or of the transaction block. `__deleted` is its own. Another prefix and given names (`op:OPERATION`) are the user's columns.
bool is_fact(std::string_view field) {
  static constexpr std::string_view kNames[] = {
      "deleted",
      "op", "ts_ms", "ts_us", "ts_ns", "before", "after", "source", "transaction",
      "version", "connector", "name", "snapshot", "db", "sequence", "schema", "table", "txId", "lsn", "xmin", "origin", "origin_lsn",
      "id", "total_order", "data_collection_order",
  };
  if (!field.starts_with("__")) return false;
  field.remove_prefix(2);
  return field.starts_with("source_") || field.starts_with("transaction_") || std::ranges::find(kNames, field) != std::end(kNames);
}

}  // namespace sluice::debezium
