#include "plugin/extensions.h"

#include <cstring>

#include "plugin/guarded_call.h"

namespace sluice {
namespace {

template <class Table>
const Table* find(const sluice_plugin& plugin, const char* id) {
  return SLUICE_HAS(&plugin, sluice_plugin, extension) ? static_cast<const Table*>(plugin.extension(id)) : nullptr;
}

Replayed::What what_of(int32_t what) {
  switch (what) {
    case SLUICE_REPLAY_DONE: return Replayed::What::done;
    case SLUICE_REPLAY_BEFORE: return Replayed::What::before;
    case SLUICE_REPLAY_SUPERSEDED: return Replayed::What::superseded;
    default: return Replayed::What::still_bad;
  }
}

void take_answer(void* arg, uint32_t record, int32_t what, const sluice_error* why) {
  auto& told = *static_cast<std::vector<Replayed>*>(arg);
  if (record >= told.size()) return;
  Replayed& answer = told[record];
  answer.what = what_of(what);
  // The texts of the ABI have a fixed size; a plugin may have filled one to its last byte.
  answer.why = why ? printable(std::string_view(why->message, strnlen(why->message, sizeof why->message))) : "";
}

}  // namespace

const sluice_replay_1* replay_extension(const sluice_plugin& plugin) { return find<sluice_replay_1>(plugin, SLUICE_REPLAY_1); }
const sluice_plan_1* plan_extension(const sluice_plugin& plugin) { return find<sluice_plan_1>(plugin, SLUICE_PLAN_1); }

const sluice_offsets_1* offsets_extension(const sluice_plugin& plugin) { return find<sluice_offsets_1>(plugin, SLUICE_OFFSETS_1); }

Outcome call_read_offsets(const sluice_plugin& plugin, const std::string& connector, const OptionValues& options,
                          std::map<TopicPartition, int64_t>& found) {
  const TaskIdentity identity{connector, 0, 1};
  const sluice_config config = config_of(identity, options);
  const auto take = [](void* arg, const sluice_partition* p) {
    (*static_cast<std::map<TopicPartition, int64_t>*>(arg))[{std::string(p->topic.data, p->topic.len), p->partition}] = p->offset;
  };
  return guarded(plugin.name, "sluice.offsets/1 read",
                 [&](sluice_error* e) { return offsets_extension(plugin)->read(&config, take, &found, e); });
}

Outcome call_alter_offsets(const sluice_plugin& plugin, const std::string& connector, const OptionValues& options,
                           std::span<const sluice_partition> partitions) {
  const TaskIdentity identity{connector, 0, 1};
  const sluice_config config = config_of(identity, options);
  return guarded(plugin.name, "sluice.offsets/1 alter",
                 [&](sluice_error* e) { return offsets_extension(plugin)->alter(&config, partitions.data(), partitions.size(), e); });
}

Outcome call_replay(const sluice_plugin& plugin, const std::string& connector, const OptionValues& options, const sluice_batch& batch,
                    std::vector<Replayed>& told) {
  told.assign(batch.record_count, {});
  const TaskIdentity identity{connector, 0, 1};
  const sluice_config config = config_of(identity, options);
  return guarded(plugin.name, "replay",
                 [&](sluice_error* e) { return replay_extension(plugin)->replay(&config, &batch, take_answer, &told, e); });
}

Outcome call_plan(const sluice_plugin& plugin, const std::string& connector, const OptionValues& options, const sluice_batch* sample,
                  const std::function<void(std::string_view)>& line) {
  const TaskIdentity identity{connector, 0, 1};
  const sluice_config config = config_of(identity, options);
  const auto take = [](void* arg, const char* text) { (*static_cast<const std::function<void(std::string_view)>*>(arg))(text ? text : ""); };
  return guarded(plugin.name, "plan", [&](sluice_error* e) {
    return plan_extension(plugin)->plan(&config, sample, take, const_cast<void*>(static_cast<const void*>(&line)), e);
  });
}

}  // namespace sluice
