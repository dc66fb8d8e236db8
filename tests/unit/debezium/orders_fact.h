// The warehouse's table, as the catalogue has it, and Rows that are fed with events as text.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "debezium_postgres_sink/map/history_rows.h"
#include "fixture.h"

namespace sluice::debezium {

inline TargetColumn column(const char* name, TypeKind kind, const char* type = "", std::optional<int> scale = {}) { return {name, {kind, scale, {}, type}, false}; }

inline Table orders_fact() {
  return {R"("public"."orders_fact")", "orders_fact",
          {column("id", TypeKind::integer, "integer"), column("order_id", TypeKind::integer, "integer"), column("customer_id", TypeKind::integer, "integer"),
           column("product_name", TypeKind::text, "character varying(255)"), column("amount", TypeKind::numeric, "numeric(10,2)", 2),
           column("status", TypeKind::text, "character varying(50)"), column("created_at", TypeKind::timestamp, "timestamp without time zone"),
           column("updated_at", TypeKind::timestamp, "timestamp without time zone"),
           column("cdc_timestamp", TypeKind::timestamp, "timestamp without time zone"),
           column("processed_at", TypeKind::timestamp, "timestamp without time zone"), column("operation_type", TypeKind::text, "character varying(10)")}};
}

inline Settings usual_settings() {
  Settings s;
  s.placeholder = "__debezium_unavailable_value";
  s.snapshot_name = "SNAPSHOT";
  return s;
}

class Batched {
 public:
  explicit Batched(Settings settings_ = usual_settings(), Table table_ = orders_fact())
      : settings(std::move(settings_)), table(std::move(table_)), rows(settings, table, false) {
    begin();
  }
  void begin() { rows.begin(1'700'000'000'000'000); }
  void add(std::optional<std::string_view> key, const std::string& value, const RecordPlace& place = {"orders", 0, 0}) {
    const Event event = decoder.decode(key, value);
    REQUIRE_FALSE(event.skip);
    rows.add(event.change, place, key.value_or(""));
  }
  // The batch, a row a line, with the columns above each copy.
  std::string finished() {
    rows.finish();
    std::string all;
    for (const HistoryRows::Copy& copy : rows.copies()) all += copy.columns + "\n" + copy.text;
    return all;
  }

  Settings settings;
  Table table;
  HistoryRows rows;
  EnvelopeDecoder decoder;
};

}  // namespace sluice::debezium
