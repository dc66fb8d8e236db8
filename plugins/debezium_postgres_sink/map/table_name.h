// The names of target tables, and the templates that they come from: `sales.orders_fact`, `${source.schema}."${source.table}"` (pure).
#pragma once
#include <string>
#include <string_view>

namespace sluice::debezium {

struct TableName {
  std::string schema, table;  // exactly as in the database; an empty schema is left to the search path
};

class TableNameTemplate {
 public:
  // Plain names are taken as they are written, so nothing is folded to lower case; one that holds a dot stands in double quotes.
  // Throws std::invalid_argument with the reason, as it goes on after the setting's name.
  // `folds`: names are in lower case, as SQL takes them without quotes.
  explicit TableNameTemplate(std::string_view text, bool folds = false);

  bool is_fixed() const;  // the same for every record
  bool needs_source() const;
  // Throws SettingNeeded where what comes out is no name of a table.
  TableName fill(std::string_view topic, std::string_view source_schema, std::string_view source_table) const;

 private:
  std::string filled(std::string_view part, std::string_view topic, std::string_view schema, std::string_view table) const;

  TableName parts_;
  bool folds_;
};

// As SQL takes a name without quotes; one that begins with an underscore stays, since the JDBC sink quotes that.
std::string folded(std::string_view name);

// `schema.table` as the user would write it, for messages.
std::string shown(const TableName& name);

}  // namespace sluice::debezium
