#include "debezium_postgres_sink/write/catalogue.h"

#include <algorithm>

#include "debezium_postgres_sink/map/rows.h"
#include "debezium_postgres_sink/write/sql_fault.h"

namespace sluice::debezium {
namespace {

// A domain is read as what it stands for, one level deep. Types are told by name and only those of pg_catalog, so that
// somebody's own type called `date` is not taken for Postgres's.
constexpr const char* kColumns = R"(
SELECT a.attname, COALESCE(b.typname, t.typname), CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END,
       format_type(a.atttypid, a.atttypmod), a.attgenerated <> '',
       COALESCE(b.typnamespace, t.typnamespace) = 'pg_catalog'::regnamespace,
       a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
 WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)";

TypeKind kind_of(std::string_view type) {
  struct Row { std::string_view name; TypeKind kind; };
  static constexpr Row kKinds[] = {
      {"int2", TypeKind::integer}, {"int4", TypeKind::integer}, {"int8", TypeKind::integer}, {"oid", TypeKind::integer},
      {"bool", TypeKind::boolean}, {"numeric", TypeKind::numeric}, {"money", TypeKind::numeric},
      {"text", TypeKind::text}, {"varchar", TypeKind::text}, {"bpchar", TypeKind::text}, {"name", TypeKind::text},
      {"bytea", TypeKind::bytea}, {"json", TypeKind::json}, {"jsonb", TypeKind::json},
      {"date", TypeKind::date}, {"time", TypeKind::time}, {"timetz", TypeKind::timetz},
      {"timestamp", TypeKind::timestamp}, {"timestamptz", TypeKind::timestamptz}, {"interval", TypeKind::interval},
      {"bit", TypeKind::bit}, {"varbit", TypeKind::bit},
  };
  const auto* found = std::ranges::find(kKinds, type, &Row::name);
  return found == std::end(kKinds) ? TypeKind::other : found->kind;
}

ColumnType type_of(std::string_view name, int32_t modifier, std::string shown) {
  ColumnType type;
  type.kind = kind_of(name);
  type.name = std::move(shown);
  // numeric's modifier holds precision and scale, the scale in 11 bits with a sign (numeric.c, since PostgreSQL 15).
  if (name == "numeric" && modifier >= 4) type.scale = (((modifier - 4) & 0x7FF) ^ 1024) - 1024;
  if (name == "money") type.scale = 2;
  if (name == "bit") type.length = modifier;
  return type;
}

}  // namespace

Table load_table(Database& database, const TableName& name) {
  Table table;
  table.shown = name.schema.empty() ? name.table : name.schema + "." + name.table;
  const std::string written = (name.schema.empty() ? "" : quote_identifier(name.schema) + ".") + quote_identifier(name.table);
  database.transact([&](pqxx::work& t) {
    const pqxx::result found = t.exec(
        "SELECT c.oid::text, n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.oid = to_regclass($1)", pqxx::params{written});
    if (found.empty())
      throw SqlFault("42P01", t.query_value<std::string>(name.schema.empty() ?
          "SELECT 'table \"' || $1 || '\" is in none of the schemas that the role looks in (' || current_setting('search_path') || "
          "') of database \"' || current_database() || '\"; if it is in another one, write table.name as schema.table'" :
          "SELECT 'table \"' || $1 || '\" is not in database \"' || current_database() || '\"'", pqxx::params{table.shown}));
    table.quoted = quote_identifier(found[0][1].as<std::string>()) + "." + quote_identifier(found[0][2].as<std::string>());
    for (const auto& row : t.exec(kColumns, pqxx::params{found[0][0].as<std::string>()})) {
      TargetColumn& column = table.columns.emplace_back();
      column.name = row[0].as<std::string>();
      column.type = type_of(row[5].as<bool>() ? row[1].as<std::string>() : "", row[2].as<int32_t>(), row[3].as<std::string>());
      column.generated = row[4].as<bool>();
      column.has_default = row[6].as<bool>();
    }
  });
  return table;
}

}  // namespace sluice::debezium
