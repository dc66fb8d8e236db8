#include "kitchen_table.h"

#include <memory>

namespace sluice::micro {
namespace {

using debezium::ColumnType;
using debezium::TypeKind;

ColumnType type(TypeKind kind, const char* name, std::optional<int> scale = {}, std::optional<int> length = {}, int precision = 6) {
  return {kind, scale, length, name, {}, ',', precision};
}

ColumnType array_of(ColumnType element) {
  ColumnType array = type(TypeKind::array, "");
  array.name = element.name + "[]";
  array.element = std::make_shared<ColumnType>(std::move(element));
  return array;
}

}  // namespace

debezium::Table kitchen_table() {
  using enum TypeKind;
  const ColumnType whole = type(integer, "integer"), texts = type(TypeKind::text, "text"), others = type(other, "int4range");
  return {R"("public"."kitchen")", "kitchen",
          {{"id", type(integer, "bigint")}, {"b", type(boolean, "boolean")}, {"i2", type(integer, "smallint")}, {"i4", whole}, {"i8", type(integer, "bigint")},
           {"r", type(real, "real")}, {"d", type(real, "double precision")}, {"n", type(numeric, "numeric")}, {"n10_2", type(numeric, "numeric(10,2)", 2)},
           {"n38_0", type(numeric, "numeric(38,0)", 0)}, {"n38_18", type(numeric, "numeric(38,18)", 18)}, {"m", type(money, "money", 2)}, {"c", texts},
           {"vc", texts}, {"t", texts}, {"ct", texts}, {"by", type(bytea, "bytea")}, {"dt", type(date, "date")}, {"tm", type(TypeKind::time, "time")},
           {"tm3", type(TypeKind::time, "time(3)", {}, {}, 3)}, {"tmtz", type(timetz, "timetz")}, {"ts", type(timestamp, "timestamp")},
           {"ts3", type(timestamp, "timestamp(3)", {}, {}, 3)}, {"ts0", type(timestamp, "timestamp(0)", {}, {}, 0)}, {"tstz", type(timestamptz, "timestamptz")},
           {"iv", type(interval, "interval")}, {"u", type(uuid, "uuid")}, {"j", type(json, "json")}, {"jb", type(json, "jsonb")}, {"x", others},
           {"inet", others}, {"cidr", others}, {"mac", others}, {"bit1", type(bit, "bit(1)", {}, 1)}, {"bit8", type(bit, "bit(8)", {}, 8)},
           {"vb", type(bit, "bit varying(16)")}, {"ai", array_of(whole)}, {"at", array_of(texts)}, {"an", array_of(type(numeric, "numeric(10,2)", 2))},
           {"ats", array_of(type(timestamp, "timestamp"))}, {"au", array_of(type(uuid, "uuid"))}, {"en", others}, {"pi", whole}, {"pt", type(point, "point")},
           {"r4", others}, {"r8", others}, {"nr", others}, {"tsr", others}, {"tstzr", others}, {"dr", others}, {"hs", type(hstore, "hstore")}, {"lt", others},
           {"ol", type(integer, "oid")}, {"tv", others}},
          {{"id"}}};
}

}  // namespace sluice::micro
