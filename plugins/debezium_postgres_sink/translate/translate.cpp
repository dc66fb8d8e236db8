#include "debezium_postgres_sink/translate/translate.h"

#include "debezium_postgres_sink/map/table_name.h"
#include "debezium_postgres_sink/translate/jdbc_sink.h"
#include "debezium_postgres_sink/translate/transforms.h"

namespace sluice::debezium {

const char* const kAliases[] = {"io.debezium.connector.jdbc.JdbcSinkConnector", nullptr};

Answers translate(const SettingsMap& written) {
  Answers answers(written);
  Fields fields;
  const bool is_jdbc = answers.find("connector.class") != nullptr;
  translate_transforms(answers, fields);
  if (is_jdbc) translate_jdbc_sink(answers, fields);

  // The JDBC sink writes every field and nothing else; what this plugin fills by itself where a column has a certain name, it does not.
  const auto own = written.lower_bound("columns");
  const bool has_columns = own != written.end() && (own->first == "columns" || own->first.starts_with("columns."));
  if ((is_jdbc || fields.changed()) && !has_columns)
    for (const auto& [column, source] : fields.columns())
      answers.set("columns." + (answers.settings().contains("identifiers") ? folded(column) : column), source);
  for (const auto& [name, value] : written)
    if (!answers.is_understood(name)) answers.set(name, value);
  return answers;
}

}  // namespace sluice::debezium
