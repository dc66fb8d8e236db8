#include "debezium_postgres_sink/write/merger.h"

#include "debezium_postgres_sink/write/merge_sql.h"

namespace sluice::debezium {

void Merger::prepare(const Table& table) {
  std::string made_for;
  for (const TargetColumn& c : table.columns) made_for.append(c.name).append(" ").append(c.type.name).append(c.generated ? " g\n" : "\n");
  Stage& stage = stages_[table.quoted];
  if (stage.made_for == made_for) return;
  if (stage.name.empty()) stage.name = "pg_temp.sluice_stage_" + std::to_string(stages_.size());
  database_.transact([&](pqxx::work&) {
    database_.run("DROP TABLE IF EXISTS " + stage.name);
    database_.run(create_stage(stage.name, table));
  });
  stage.made_for = std::move(made_for);
}

void Merger::write(const Table& table, const std::vector<Merge>& merges) {
  const std::string& stage = stages_.at(table.quoted).name;
  for (const Merge& merge : merges) {
    if (merge.truncate) database_.run("TRUNCATE TABLE " + table.quoted);
    if (merge.rows == 0) continue;
    if (!filled_.insert(stage).second) database_.run("DELETE FROM " + stage);
    database_.copy(copy_into_stage(stage, merge), merge.text);
    for (const MergeStatement& statement : merge_statements(stage, table, merge)) {
      const int64_t count = database_.run(statement.sql);
      if (statement.counts_inserted && count > 0) made_without_values_.add(static_cast<double>(count));
    }
  }
}

}  // namespace sluice::debezium
