#include "debezium_postgres_sink/write/table_sql.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "debezium_postgres_sink/decode/names.h"
#include "debezium_postgres_sink/decode/sql_type.h"
#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

struct Column {
  std::string name, type;
};

const char* type_of(Meta meta) {
  switch (meta) {
    case Meta::op:
    case Meta::operation:
    case Meta::topic:
    case Meta::value:
    case Meta::none: return "text";
    case Meta::source_ts:
    case Meta::ts:
    case Meta::kafka_ts:
    case Meta::now: return "timestamp";
    case Meta::partition: return "integer";
    case Meta::lsn:
    case Meta::txid:
    case Meta::offset: return "bigint";
  }
  return "text";
}

// The fields of the row, in their order; of a delete's or update's as well as of an insert's.
const std::vector<Schema>& fields_of(const TableName& name, const Change& change) {
  const Image& image = change.row();
  const std::string problem = "table " + shown(name) + " is missing, and the first record for it ", advice = ", so that its columns are not known; create the table";
  if (change.tombstone) throw ColumnsUnknown("auto.create", problem + "is a tombstone" + advice);
  if (!image.schema) throw SettingNeeded("auto.create", problem + "has no schema" + advice);
  return image.schema->fields;
}

std::string name_of(const Schema& field) { return repaired_name(field.field).value_or(field.field); }

bool is_source(const Settings& settings, const std::string& field) {
  return std::ranges::any_of(settings.columns, [&](const auto& c) { return c.second == field; });
}

// Every field in a column of its name, but for those that `columns` writes to another one, or not at all.
std::vector<Column> columns_of_fields(const Settings& settings, const std::vector<Schema>& fields, bool leaves_facts) {
  std::vector<Column> columns;
  for (const Schema& field : fields) {
    Column column{settings.column_named(name_of(field)), sql_type_of(field)};
    const bool is_listed = std::ranges::any_of(settings.columns, [&](const auto& c) { return c.first == column.name; });
    if ((leaves_facts && is_fact(field.field)) || is_listed || is_source(settings, field.field) || is_source(settings, name_of(field))) continue;
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<Column> columns_of(const Settings& settings, const TableName& name, const Change& change) {
  const std::vector<Schema>& fields = fields_of(name, change);
  std::vector<Column> columns;
  if (!settings.lists_columns()) columns = columns_of_fields(settings, fields, change.flattened && settings.columns.empty());
  for (const auto& [column, source] : settings.columns) {
    const auto meta = meta_of(source);
    if (column == kEveryField || meta == Meta::none) continue;
    if (meta) {
      columns.push_back({column, type_of(*meta)});
      continue;
    }
    const auto field = std::ranges::find_if(fields, [&, &from = source](const Schema& f) { return f.field == from || name_of(f) == from; });
    if (field == fields.end())
      throw SettingNeeded("columns", "table " + shown(name) + " is missing, and the events do not tell the type of \"" + source + "\", from which \"columns\" fills \"" +
                                     column + "\"; create the table, or correct \"columns\"");
    columns.push_back({column, sql_type_of(*field)});
  }
  return columns;
}

void add_missing(std::vector<Column>& columns, const std::string& name, const char* type) {
  if (!name.empty() && std::ranges::find(columns, name, &Column::name) == columns.end()) columns.push_back({name, type});
}

// Names that are there are taken as they are; one that is made by an event should be one that people can read and type.
std::string new_name(const std::string& name) {
  if (std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
    throw SettingNeeded("columns", "the source has a name with a control character in it, by which nothing is created here; create the table yourself, or give it "
                                   "another name in \"columns\"");
  return quote_identifier(name);
}

std::string create(const TableName& name, const std::vector<Column>& columns, const std::string& rest) {
  static_cast<void>(new_name(name.table));
  std::string sql = "CREATE TABLE IF NOT EXISTS " + quoted(name) + " (";
  for (size_t i = 0; i < columns.size(); ++i) sql.append(i > 0 ? ", " : "").append(new_name(columns[i].name)).append(" ").append(columns[i].type);
  return sql + rest + ")";
}

// The target's columns that the record's key goes into.
std::vector<std::string> key_of(const Settings& settings, const TableName& name, const Change& change) {
  if (!settings.key_columns.empty()) return settings.key_columns;
  std::vector<std::string> key;
  if (change.key.row.is_object())
    for (const Json field : change.key.row) {
      std::string column = repaired_name(field.key()).value_or(std::string(field.key()));
      const auto filled = std::ranges::find_if(settings.columns, [&](const auto& c) { return c.second == field.key() || c.second == column; });
      if (filled == settings.columns.end() && !settings.lists_columns()) {
        column = settings.column_named(column);
      } else {
        if (filled == settings.columns.end())
          throw SettingNeeded("columns", "table " + shown(name) + " is missing, and \"columns\" does not list \"" + column + "\" of the records' key; add it");
        column = filled->first;
      }
      key.push_back(std::move(column));
    }
  if (key.empty())
    throw SettingNeeded("key.columns", "table " + shown(name) + " is missing, and the records have no key to make its primary key of; set key.columns");
  return key;
}

}  // namespace

std::string quoted(const TableName& name) {
  return (name.schema.empty() ? "" : quote_identifier(name.schema) + ".") + quote_identifier(name.table);
}

std::string create_history_table(const Settings& settings, const TableName& name, const Change& change) {
  std::vector<Column> columns = columns_of(settings, name, change);
  if (settings.columns.empty()) {
    add_missing(columns, "cdc_timestamp", "timestamp");
    add_missing(columns, "processed_at", "timestamp");
    add_missing(columns, "operation_type", "text");
  }
  return create(name, columns, "");
}

std::string create_current_table(const Settings& settings, const TableName& name, const Change& change) {
  std::vector<Column> columns = columns_of(settings, name, change);
  add_missing(columns, settings.lsn_column, "bigint");
  add_missing(columns, settings.soft_delete_column, "boolean");
  std::string key;
  for (const std::string& column : key_of(settings, name, change)) key.append(key.empty() ? "" : ", ").append(quote_identifier(column));
  return create(name, columns, ", PRIMARY KEY (" + key + ")");
}

std::string add_columns(const Table& table, const std::vector<WantedColumn>& columns) {
  std::string sql = "ALTER TABLE " + table.quoted;
  for (size_t i = 0; i < columns.size(); ++i)
    sql.append(i > 0 ? ", " : " ").append("ADD COLUMN IF NOT EXISTS ").append(new_name(columns[i].name)).append(" ").append(columns[i].sql_type);
  return sql;
}

}  // namespace sluice::debezium
