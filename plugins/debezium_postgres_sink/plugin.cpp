// The exported symbol and the wiring, nothing else.
#include "debezium_postgres_sink/settings.h"
#include "debezium_postgres_sink/write/writer.h"

namespace {

using namespace sluice;

struct DebeziumPostgresSink {
  static constexpr About about{
      .name = "debezium-postgres-sink",
      .version = "0.1.0",
      .summary = "Writes Debezium change events to Postgres, each exactly once.",
      .license = "Apache-2.0",
      .flags = SLUICE_OWNS_OFFSETS | SLUICE_WANTS_ADVANCE,
      .batch_records = 20000,
      .batch_bytes = 16u << 20,
  };
  static constexpr const auto& options = debezium::kOptions;

  DebeziumPostgresSink(Context context, const Config& config) : writer(context, config) {}

  static void validate(Issues issues, const Config& config, bool) { debezium::check_settings(issues, config); }
  void open(Partitions partitions) { writer.open(partitions); }
  void put(const Batch& batch) { writer.put(batch); }
  void close(Partitions partitions, int32_t) { writer.close(partitions); }
  void interrupt() { writer.interrupt(); }

  debezium::Writer writer;
};

}  // namespace

SLUICE_PLUGIN(DebeziumPostgresSink)
