// The warehouse's table, as the catalogue has it, and settings as a configuration without any leaves them.
#pragma once
#include <optional>

#include "debezium_postgres_sink/map/columns.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

inline TargetColumn column(const char* name, TypeKind kind, const char* type = "", std::optional<int> scale = {}) { return {name, {kind, scale, {}, type}, false}; }

inline Table orders_fact() {
  Table table{R"("public"."orders_fact")", "orders_fact",
          {column("id", TypeKind::integer, "integer"), column("order_id", TypeKind::integer, "integer"), column("customer_id", TypeKind::integer, "integer"),
           column("product_name", TypeKind::text, "character varying(255)"), column("amount", TypeKind::numeric, "numeric(10,2)", 2),
           column("status", TypeKind::text, "character varying(50)"), column("created_at", TypeKind::timestamp, "timestamp without time zone"),
           column("updated_at", TypeKind::timestamp, "timestamp without time zone"),
           column("cdc_timestamp", TypeKind::timestamp, "timestamp without time zone"),
           column("processed_at", TypeKind::timestamp, "timestamp without time zone"), column("operation_type", TypeKind::text, "character varying(10)")}};
  for (TargetColumn& c : table.columns)
    c.type.wire = c.type.kind == TypeKind::integer   ? Wire::int4
                  : c.type.kind == TypeKind::numeric ? Wire::numeric
                  : c.type.kind == TypeKind::text    ? Wire::text
                                                     : Wire::timestamp;
  return table;
}

inline Settings usual_settings() {
  Settings s;
  s.placeholder = "__debezium_unavailable_value";
  s.snapshot_name = "SNAPSHOT";
  return s;
}

}  // namespace sluice::debezium
