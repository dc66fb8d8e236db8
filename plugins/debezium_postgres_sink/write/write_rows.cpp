#include "debezium_postgres_sink/write/write_rows.h"

namespace sluice::debezium {

void write_rows(Targets& targets, Database& database, Merger& merger) {
  for (Target* target : targets.in_use()) {
    if (target->history())
      for (const HistoryRows::Copy& copy : target->history()->copies())
        database.copy("COPY " + target->history_table()->quoted + " (" + copy.columns + ") FROM STDIN", copy.text);
    if (target->current()) merger.write(*target->current_table(), target->current()->merges());
  }
}

}  // namespace sluice::debezium
