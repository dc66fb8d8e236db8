#include "debezium_postgres_sink/write/stages.h"

#include "debezium_postgres_sink/write/merge_sql.h"
#include "failpoint/failpoint.h"

namespace sluice::debezium {

void Stages::prepare(const Table& table) {
  std::string made_for;
  for (const TargetColumn& c : table.columns) made_for.append(c.name).append(" ").append(c.type.name).append(c.generated ? " g\n" : "\n");
  Stage& stage = stages_[table.quoted];
  if (stage.made_for == made_for) return;
  if (stage.name.empty()) stage.name = "pg_temp.sluice_stage_" + std::to_string(stages_.size());
  Script script;
  script.add("DROP TABLE IF EXISTS " + stage.name);
  script.add(create_stage(stage.name, table));
  database_.without_transaction([&](pqxx::transaction_base&) {
    database_.run(script);
    SLUICE_FAILPOINT_OR("stage.made", database_.interrupt());
  });
  stage.made_for = std::move(made_for);
}

const std::string& Stages::emptied(Script& script, const Table& table) {
  const std::string& name = stages_.at(table.quoted).name;
  // The end of a transaction empties it by itself.
  if (!filled_.insert(name).second) script.add("DELETE FROM " + name);
  return name;
}

}  // namespace sluice::debezium
