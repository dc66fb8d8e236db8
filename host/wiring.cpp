#include "wiring.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <span>
#include <system_error>
#include <tuple>

#include "base/no_thread.h"
#include "config/memory_shares.h"
#include "config/client_properties.h"
#include "config/consumer_properties.h"
#include "kafka/consumer.h"
#include "kafka/dead_letters.h"
#include "letters_desk.h"
#include "offsets_desk.h"
#include "plugin/plugin_sink.h"
#include "task/task_thread.h"

namespace sluice {
namespace {

// Host defaults, where neither the connector nor the plugin states a wish.
constexpr uint32_t kBatchRecords = 20000;
constexpr uint64_t kBatchBytes = uint64_t{16} << 20;
// How long a stop waits for a call of the sink before it interrupts it: with what is left to do the process ends within 5 s.
constexpr std::chrono::milliseconds kStopGrace{3000};
constexpr int kLetterReaders = 2;  // requests at a time

std::string all_of(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems)
    if (!problem.warning) text += (text.empty() ? "" : "; ") + describe(problem);
  return text;
}

kafka::OffsetReset offset_reset(const ConnectorSettings& settings) {
  const auto at = settings.consumer_overrides.find("auto.offset.reset");
  if (at == settings.consumer_overrides.end() || at->second == "earliest") return kafka::OffsetReset::earliest;
  return at->second == "latest" ? kafka::OffsetReset::latest : kafka::OffsetReset::none;
}

SinkTaskOptions task_options(const ConnectorSettings& settings, const sluice_plugin& plugin) {
  SinkTaskOptions options;
  options.batch_records = settings.batch_max_records ? settings.batch_max_records
                          : plugin.batch_records     ? plugin.batch_records
                                                     : kBatchRecords;
  options.batch_bytes = settings.batch_max_bytes ? settings.batch_max_bytes : plugin.batch_bytes ? plugin.batch_bytes : kBatchBytes;
  if (settings.memory_max > 0) options.batch_bytes = std::min(options.batch_bytes, memory_shares(settings).batch);
  options.linger = settings.linger.count() >= 0 ? settings.linger : std::chrono::milliseconds(plugin.linger_ms);
  options.restart_backoff = {settings.restart_backoff, settings.restart_backoff_max};
  options.restart_max = settings.restart_max;
  options.put_timeout = settings.put_timeout;
  options.skip_lost_ranges = settings.on_lost_range == OnLoss::skip;
  options.transforms = settings.transforms;
  return options;
}

RejectOptions reject_options(const ConnectorSettings& settings, int task, const sluice_plugin& plugin) {
  RejectOptions options;
  options.connector = settings.name;
  options.task = static_cast<uint32_t>(task);
  options.plugin = plugin.name;
  options.tolerate = settings.errors.tolerate;
  options.max_share = settings.errors.max_share;
  options.log = settings.errors.log;
  options.log_coordinates = settings.errors.log_coordinates;
  options.context_headers = settings.errors.context_headers;
  return options;
}

kafka::DeadLetterOptions dead_letter_options(const HostConfig& host, const ConnectorSettings& settings, const std::string& name) {
  kafka::DeadLetterOptions options;
  options.name = name;
  options.topic = settings.errors.dead_letter_topic;
  options.replication_factor = settings.errors.dead_letter_replication;
  options.properties = properties_for(PropertyScope::producer, host.kafka_properties);
  options.admin_properties = properties_for(PropertyScope::admin, host.kafka_properties);
  for (auto* properties : {&options.properties, &options.admin_properties})
    (*properties)["bootstrap.servers"] = host.kafka_bootstrap_servers;
  for (const auto& [key, value] : settings.producer_overrides) options.properties[key] = value;
  for (const auto& [key, value] : settings.admin_overrides) options.admin_properties[key] = value;
  return options;
}

// A broker gives a member that comes back under its old name its old partitions, whatever it subscribes to now. So the name
// changes with the topics.
std::string subscription_mark(const ConnectorSettings& settings) {
  boost::crc_32_type crc;
  const std::string text = fmt::format("{}\n{}", fmt::join(settings.topics, "\n"), settings.topics_regex);
  crc.process_bytes(text.data(), text.size());
  return fmt::format("{:08x}", crc.checksum());
}

}  // namespace

Wiring::Wiring(const HostConfig& host, const Catalog& catalog, std::string worker_id)
    : host_(host), catalog_(catalog), references_(host.secrets_env_allow, host.secrets_paths), worker_id_(std::move(worker_id)) {}

std::vector<PluginInfo> Wiring::plugins() const {
  std::vector<PluginInfo> infos;
  for (const ScannedFile& file : catalog_.files())
    if (file.plugin) infos.push_back({file.plugin->name, "sink", file.plugin->version});
  std::sort(infos.begin(), infos.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return infos;
}

bool Wiring::is_secret(const std::string& connector_class, const std::string& key) const {
  const sluice_plugin* plugin = catalog_.find(connector_class).plugin;
  if (!plugin) return false;
  const auto options = std::span(plugin->options, plugin->option_count);
  return std::ranges::any_of(options, [&](const sluice_option& option) {
    const std::string_view name = option.name;
    const bool entry = option.kind == SLUICE_MAP && key.size() > name.size() && key.starts_with(name) && key[name.size()] == '.';
    return (option.flags & SLUICE_SECRET) && (key == name || entry);
  });
}

std::optional<DescribedPlugin> Wiring::describe(const std::string& connector_class) const {
  const sluice_plugin* plugin = catalog_.find(connector_class).plugin;
  if (!plugin) return std::nullopt;
  return DescribedPlugin{{plugin->name, "sink", plugin->version}, settings_of(*plugin)};
}

CheckedConnector Wiring::checked(const FlatConfig& config, ConfigOrigin origin, Problems& problems) const {
  return check_connector(config, [this](const std::string& name) { return catalog_.find(name); }, catalog_.names(), references_,
                         origin == ConfigOrigin::file ? UnknownKeys::are_errors : UnknownKeys::are_warnings, plugin_rules(host_), problems);
}

CheckedConfig Wiring::check(const FlatConfig& config, ConfigOrigin origin) const {
  CheckedConfig result;
  const CheckedConnector connector = checked(config, origin, result.problems);
  result.tasks_max = connector.settings.tasks_max;
  result.restart = {connector.settings.restart_max, {connector.settings.restart_backoff, connector.settings.restart_backoff_max}};
  if (connector.plugin) {
    result.plugin = connector.plugin->name;
    result.plugin_version = connector.plugin->version;
  }
  return result;
}

std::unique_ptr<RunningTask> Wiring::start_task(const FlatConfig& config, int index, int count) {
  Problems problems;
  const CheckedConnector connector = checked(config, ConfigOrigin::rest, problems);
  if (any_error(problems) || !connector.plugin) return std::make_unique<FailedTask>(all_of(problems));
  const ConnectorSettings& settings = connector.settings;
  const sluice_plugin& plugin = *connector.plugin;
  const std::string name = fmt::format("{}-{}", settings.name, index);
  const SinkTraits traits = traits_of(plugin);

  kafka::ConsumerOptions consumer;
  consumer.name = name;
  std::tie(consumer.group_id, consumer.properties) = consumer_properties(host_, settings);
  consumer.instance_id = fmt::format("{}-{}-{}", worker_id_, name, subscription_mark(settings));
  consumer.worker_id = worker_id_;
  consumer.topics = settings.topics;
  consumer.topics_regex = settings.topics_regex;
  consumer.offset_reset = offset_reset(settings);
  consumer.wants_headers = traits.wants_headers;
  const MemoryShares memory = memory_shares(settings);
  consumer.queue_bytes = memory.queue;
  consumer.fetch_bytes = memory.fetch;
  consumer.revoke_grace = settings.revoke_grace;
  consumer.cluster_id = [this](const std::string& id) {
    std::lock_guard lock(mutex_);
    cluster_id_ = id;
  };

  const TaskIdentity identity{settings.name, static_cast<uint32_t>(index), static_cast<uint32_t>(count)};
  // Checked anew each time a sink is made, so that a rotated secret is seen without a restart of the connector.
  auto make_sink = [this, config, identity, &plugin](Rejects& rejects) -> MadeSink {
    Problems found;
    const CheckedConnector again = checked(config, ConfigOrigin::rest, found);
    if (any_error(found) || !again.options)
      return {nullptr, Outcome::restart(all_of(found), "blocked.config", std::chrono::seconds(30))};
    return make_plugin_sink(plugin, identity, *again.options, rejects);
  };
  auto make_source = [consumer](std::function<void()> overdue) -> std::unique_ptr<RecordSource> {
    kafka::ConsumerOptions options = consumer;
    options.overdue = std::move(overdue);
    return std::make_unique<kafka::Consumer>(std::move(options));
  };
  SinkTaskOptions options = task_options(settings, plugin);
  options.rejects = reject_options(settings, index, plugin);
  if (!settings.errors.dead_letter_topic.empty())
    options.rejects.dead_letters = [letters = dead_letter_options(host_, settings, name)] {
      return std::make_unique<kafka::DeadLetterProducer>(letters);
    };
  try {
    return std::make_unique<TaskThread>(std::move(make_source), std::move(make_sink), traits, std::move(options),
                                        std::min(settings.revoke_grace, kStopGrace));
  } catch (const std::system_error& e) {
    return std::make_unique<FailedTask>(no_thread(e));
  }
}

template <class Do>
OffsetsAnswer Wiring::at_desk(const FlatConfig& config, Do&& what) const {
  Problems problems;
  const CheckedConnector connector = checked(config, ConfigOrigin::rest, problems);
  if (any_error(problems) || !connector.plugin) return {OffsetsAnswer::Kind::failed, all_of(problems), {}};
  try {
    OffsetsDesk desk(host_, connector);
    return what(desk);
  } catch (const std::exception& e) {
    return {OffsetsAnswer::Kind::failed, e.what(), {}};
  }
}

OffsetsAnswer Wiring::read_offsets(const FlatConfig& config) const {
  return at_desk(config, [](OffsetsDesk& desk) { return desk.read(); });
}

OffsetsAnswer Wiring::alter_offsets(const FlatConfig& config, const OffsetEdits& edits) const {
  return at_desk(config, [&](OffsetsDesk& desk) { return desk.alter(edits); });
}

OffsetsAnswer Wiring::reset_offsets(const FlatConfig& config) const {
  return at_desk(config, [](OffsetsDesk& desk) { return desk.reset(); });
}

template <class Do>
LettersAnswer Wiring::at_letters_desk(const FlatConfig& config, Do&& what) const {
  Problems problems;
  const CheckedConnector connector = checked(config, ConfigOrigin::rest, problems);
  LettersAnswer answer;
  if (any_error(problems) || !connector.plugin) {
    answer.kind = LettersAnswer::Kind::failed;
    answer.message = all_of(problems);
    return answer;
  }
  // Each reads a whole topic: others who ask Kafka something must not have to wait for them.
  if (++reading_letters_ > kLetterReaders) {
    answer.kind = LettersAnswer::Kind::busy;
    answer.message = "Others are reading dead letters; try again in a moment";
  } else {
    answer = what(LettersDesk(host_, connector, ending_));
  }
  --reading_letters_;
  return answer;
}

LettersAnswer Wiring::list_letters(const FlatConfig& config, size_t most) const {
  return at_letters_desk(config, [&](const LettersDesk& desk) { return desk.list(most); });
}

LettersAnswer Wiring::show_letter(const FlatConfig& config, const std::string& letter) const {
  return at_letters_desk(config, [&](const LettersDesk& desk) { return desk.show(letter); });
}

LettersAnswer Wiring::replay_letters(const FlatConfig& config, const std::set<std::string>& letters, bool dry) const {
  return at_letters_desk(config, [&](const LettersDesk& desk) { return desk.replay(letters, dry); });
}

std::string Wiring::kafka_cluster_id() const {
  std::lock_guard lock(mutex_);
  return cluster_id_;
}

}  // namespace sluice
