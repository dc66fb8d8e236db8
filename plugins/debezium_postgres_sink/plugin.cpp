// The exported symbol and the wiring, nothing else.
#include "debezium_postgres_sink/settings.h"
#include "debezium_postgres_sink/translate/extension.h"
#include "debezium_postgres_sink/translate/translate.h"
#include "debezium_postgres_sink/write/offsets.h"
#include "debezium_postgres_sink/write/plan.h"
#include "debezium_postgres_sink/write/replay.h"
#include "debezium_postgres_sink/write/writer.h"

namespace {

using namespace sluice;

struct DebeziumPostgresSink {
  static constexpr About about{
      .name = "debezium-postgres-sink",
      .version = "0.1.0",
      .summary = "Writes Debezium change events to Postgres, each exactly once.",
      .license = "Apache-2.0",
      .aliases = debezium::kAliases,
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
  static const void* extension(const char* id);

  debezium::Writer writer;
};

Config config_of(const sluice_config* config) { return {*config, debezium::kOptions}; }

sluice_result plan(const sluice_config* config, const sluice_batch* sample, void (*line)(void*, const char*), void* arg, sluice_error* err) {
  return detail::guard(err, [&] {
    debezium::Plan(config_of(config), [&](const std::string& text) { line(arg, text.c_str()); }).tell(sample);
  });
}

sluice_result read_offsets(const sluice_config* config, void (*each)(void*, const sluice_partition*), void* arg, sluice_error* err) {
  return detail::guard(err, [&] {
    debezium::Offsets(config_of(config)).read([&](const sluice_partition& partition) { each(arg, &partition); });
  });
}

sluice_result alter_offsets(const sluice_config* config, const sluice_partition* partitions, size_t count, sluice_error* err) {
  return detail::guard(err, [&] { debezium::Offsets(config_of(config)).alter({partitions, count}); });
}

sluice_result replay(const sluice_config* config, const sluice_batch* batch, void (*each)(void*, uint32_t, int32_t, const sluice_error*), void* arg,
                     sluice_error* err) {
  return detail::guard(err, [&] {
    debezium::Replay(config_of(config)).write(Batch(*batch), [&](uint32_t record, int32_t what, const sluice_error* why) { each(arg, record, what, why); });
  });
}

const void* DebeziumPostgresSink::extension(const char* id) {
  static constexpr sluice_offsets_1 kOffsets{read_offsets, alter_offsets};
  static constexpr sluice_plan_1 kPlan{plan};
  static constexpr sluice_replay_1 kReplay{replay};
  static constexpr sluice_translate_1 kTranslate{debezium::translate_settings};
  if (std::string_view(id) == SLUICE_OFFSETS_1) return &kOffsets;
  if (std::string_view(id) == SLUICE_PLAN_1) return &kPlan;
  if (std::string_view(id) == SLUICE_REPLAY_1) return &kReplay;
  if (std::string_view(id) == SLUICE_TRANSLATE_1) return &kTranslate;
  return nullptr;
}

}  // namespace

SLUICE_PLUGIN(DebeziumPostgresSink)
