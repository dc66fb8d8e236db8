#include "debezium_postgres_sink/write/catalogue.h"

#include <algorithm>
#include <map>

#include "debezium_postgres_sink/map/mapping.h"
#include "debezium_postgres_sink/write/sql_fault.h"

namespace sluice::debezium {
namespace {

constexpr const char* kColumns = R"(
SELECT a.attname, a.atttypid::int8, a.atttypmod, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '',
       a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL, a.attnotnull, a.attidentity = 'a'
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)";

// Every type that the columns lead to: domains to what they stand for, arrays to their elements. Names count only where
// nobody but Postgres or an extension can have given them: somebody's own type called `date` is not Postgres's.
constexpr const char* kTypes = R"(
WITH RECURSIVE used AS (
  SELECT atttypid AS oid FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
  UNION
  SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END FROM used JOIN pg_type t ON t.oid = used.oid
   WHERE t.typtype = 'd' OR EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid))
SELECT t.oid::int8, CASE WHEN t.typtype IN ('c', 'm') THEN 'record' WHEN t.typnamespace = 'pg_catalog'::regnamespace OR EXISTS (
         SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e') THEN t.typname ELSE '' END,
       format_type(t.oid, NULL), CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE 0 END::int8, t.typtypmod, t.typnotnull,
       COALESCE((SELECT e.oid FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid), 0)::int8, t.typdelim::text
  FROM used JOIN pg_type t ON t.oid = used.oid)";

// What ON CONFLICT can name by its columns.
constexpr const char* kKeys = R"(
SELECT i.indexrelid::int8, a.attname
  FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
  JOIN pg_attribute a ON a.attrelid = $1::oid AND a.attnum = k.number
 WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
   AND k.place <= i.indnkeyatts
 ORDER BY i.indisprimary DESC, i.indexrelid, k.place)";

struct Rules {
  TypeKind kind = TypeKind::other;
  Wire wire = Wire::none;
};

// Which rules write a value, by the type's name. `name`, `oid` and others are too rare in a target for a binary rule.
Rules rules_of(std::string_view type) {
  struct Row { std::string_view name; Rules rules; };
  static constexpr Row kRows[] = {
      {"int2", {TypeKind::integer, Wire::int2}}, {"int4", {TypeKind::integer, Wire::int4}}, {"int8", {TypeKind::integer, Wire::int8}},
      {"oid", {TypeKind::integer}}, {"float4", {TypeKind::real, Wire::float4}}, {"float8", {TypeKind::real, Wire::float8}},
      {"bool", {TypeKind::boolean, Wire::boolean}}, {"numeric", {TypeKind::numeric, Wire::numeric}}, {"money", {TypeKind::money}},
      {"text", {TypeKind::text, Wire::text}}, {"varchar", {TypeKind::text, Wire::text}}, {"bpchar", {TypeKind::text, Wire::text}},
      {"citext", {TypeKind::text, Wire::text}}, {"name", {TypeKind::text}},
      {"bytea", {TypeKind::bytea, Wire::bytea}}, {"json", {TypeKind::json, Wire::text}}, {"jsonb", {TypeKind::json, Wire::jsonb}},
      {"uuid", {TypeKind::uuid, Wire::uuid}},
      {"date", {TypeKind::date, Wire::date}}, {"time", {TypeKind::time, Wire::time}}, {"timetz", {TypeKind::timetz}},
      {"timestamp", {TypeKind::timestamp, Wire::timestamp}}, {"timestamptz", {TypeKind::timestamptz, Wire::timestamp}},
      {"interval", {TypeKind::interval}}, {"bit", {TypeKind::bit}}, {"varbit", {TypeKind::bit}}, {"hstore", {TypeKind::hstore}},
      {"point", {TypeKind::point}}, {"line", {TypeKind::line}}, {"lseg", {TypeKind::lseg}}, {"box", {TypeKind::box}},
      {"path", {TypeKind::path}}, {"polygon", {TypeKind::polygon}}, {"circle", {TypeKind::circle}},
      {"geometry", {TypeKind::geometry}}, {"geography", {TypeKind::geometry}}, {"vector", {TypeKind::vector}},
      {"halfvec", {TypeKind::vector}}, {"sparsevec", {TypeKind::sparse_vector}}, {"record", {TypeKind::opaque}},
  };
  const auto* found = std::ranges::find(kRows, type, &Row::name);
  return found == std::end(kRows) ? Rules{} : found->rules;
}

// A type as pg_type has it.
struct Type {
  std::string name;           // empty: neither Postgres's nor an extension's
  std::string shown;
  int64_t base = 0;           // of a domain
  int32_t base_modifier = -1;
  bool not_null = false;      // a domain that refuses NULL
  int64_t element = 0;        // of an array
  char delimiter = ',';
};
using Types = std::map<int64_t, Type>;

ColumnType type_of(const Types& types, int64_t oid, int32_t modifier, std::string shown) {
  const Type* found = &types.at(oid);
  while (found->base != 0) {  // a domain's modifier is that of what it stands for; its own is never set
    modifier = found->base_modifier;
    found = &types.at(found->base);
  }
  ColumnType type;
  type.name = std::move(shown);
  type.delimiter = found->delimiter;
  if (found->element != 0) {
    type.kind = TypeKind::array;
    type.element = std::make_shared<ColumnType>(type_of(types, found->element, modifier, types.at(found->element).shown));
    return type;
  }
  const Rules rules = rules_of(found->name);
  type.kind = rules.kind;
  type.wire = rules.wire;
  // numeric's modifier holds precision and scale, the scale in 11 bits with a sign (numeric.c, since PostgreSQL 15).
  if (type.kind == TypeKind::numeric && modifier >= 4) type.scale = (((modifier - 4) & 0x7FF) ^ 1024) - 1024;
  if (type.kind == TypeKind::money) type.scale = 2;
  if (found->name == "bit" && modifier >= 0) type.length = modifier;
  if ((type.kind == TypeKind::time || type.kind == TypeKind::timestamp) && modifier >= 0) type.precision = modifier;
  return type;
}

bool refuses_null(const Types& types, int64_t oid) {
  for (const Type* at = &types.at(oid);; at = &types.at(at->base)) {
    if (at->not_null) return true;
    if (at->base == 0) return false;
  }
}

Types read_types(pqxx::transaction_base& t, const std::string& oid) {
  Types types;
  for (const auto& row : t.exec(kTypes, pqxx::params{oid}))
    types[row[0].as<int64_t>()] = {row[1].as<std::string>(), row[2].as<std::string>(), row[3].as<int64_t>(), row[4].as<int32_t>(),
                                   row[5].as<bool>(), row[6].as<int64_t>(), row[7].as<std::string>()[0]};
  return types;
}

void read_columns(pqxx::transaction_base& t, const std::string& oid, Table& table) {
  const Types types = read_types(t, oid);
  for (const auto& row : t.exec(kColumns, pqxx::params{oid})) {
    const auto type = row[1].as<int64_t>();
    TargetColumn& column = table.columns.emplace_back();
    column.name = row[0].as<std::string>();
    column.type = type_of(types, type, row[2].as<int32_t>(), row[3].as<std::string>());
    column.generated = row[4].as<bool>();
    column.has_default = row[5].as<bool>();
    column.not_null = row[6].as<bool>() || refuses_null(types, type);
    column.identity_always = row[7].as<bool>();
  }
}

void read_keys(pqxx::transaction_base& t, const std::string& oid, Table& table) {
  int64_t last = 0;
  for (const auto& row : t.exec(kKeys, pqxx::params{oid})) {
    if (const auto index = row[0].as<int64_t>(); index != last) table.keys.emplace_back(), last = index;
    table.keys.back().push_back(row[1].as<std::string>());
  }
}

}  // namespace

std::optional<Table> find_table(Database& database, const TableName& name) {
  std::optional<Table> table;
  const std::string written = (name.schema.empty() ? "" : quote_identifier(name.schema) + ".") + quote_identifier(name.table);
  database.without_transaction([&](pqxx::transaction_base& t) {
    const pqxx::result found = t.exec("SELECT c.oid::text, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                                      "WHERE c.oid = to_regclass($1)", pqxx::params{written});
    if (found.empty()) return;
    table.emplace();
    table->shown = shown(name);
    table->quoted = quote_identifier(found[0][1].as<std::string>()) + "." + quote_identifier(found[0][2].as<std::string>());
    const auto oid = found[0][0].as<std::string>();
    // First: if it is altered in between, what is written is found to be for another shape, not the other way round.
    table->shape = t.query_value<std::string>(shape_query(*table));
    read_columns(t, oid, *table);
    read_keys(t, oid, *table);
  });
  return table;
}

std::string shape_query(const Table& table) {
  return "SELECT string_agg(concat_ws(' ', attnum, attname, atttypid, atttypmod), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = " + quote_literal(table.quoted) +
         "::regclass AND attnum > 0 AND NOT attisdropped";
}

void check_shape(Script& script, const Table& table) {
  script.check(shape_query(table), [&table](const SqlAnswer& shape) {
    if (shape.text != table.shape) throw SqlFault(kWasAltered, "table " + table.shown + " was altered");
  });
}

Table load_table(Database& database, const TableName& name) {
  if (auto table = find_table(database, name)) return *std::move(table);
  std::string reason;
  database.without_transaction([&](pqxx::transaction_base& t) {
    reason = t.query_value<std::string>(name.schema.empty() ?
        "SELECT 'table \"' || $1 || '\" is in none of the schemas that the role looks in (' || current_setting('search_path') || "
        "') of database \"' || current_database() || '\"; if it is in another one, write table.name as schema.table'" :
        "SELECT 'table \"' || $1 || '\" is not in database \"' || current_database() || '\"'", pqxx::params{shown(name)});
  });
  throw SqlFault("42P01", reason);
}

}  // namespace sluice::debezium
