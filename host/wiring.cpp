#include "wiring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <fstream>
#include <span>
#include <system_error>
#include <tuple>

#include "base/no_thread.h"
#include "config/memory_shares.h"
#include "connector/state_folder.h"
#include "config/client_properties.h"
#include "config/consumer_properties.h"
#include "kafka/consumer.h"
#include "kafka/dead_letters.h"
#include "letters_desk.h"
#include "offsets_desk.h"
#include "plugin/plugin_sink.h"
#include "task/crash_notes.h"
#include "task/task_thread.h"
#include "worker/question.h"
#include "worker/setup.h"

namespace sluice {
namespace {

// Host defaults, where neither the connector nor the plugin states a wish.
constexpr uint32_t kBatchRecords = 20000;
constexpr uint64_t kBatchBytes = uint64_t{16} << 20;
// How long a stop waits for a call of the sink before it interrupts it: with what is left to do the process ends within 5 s.
constexpr std::chrono::milliseconds kStopGrace{3000};
constexpr std::chrono::milliseconds kAnswer{15000}, kOffsetsAnswer{60000};  // of an isolated plugin; offsets wait for a group to be empty
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
  options.memory_bound = memory_of(settings) / static_cast<uint64_t>(settings.tasks_max);
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

uint32_t checksum_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  boost::crc_32_type crc;
  char buffer[1 << 16];
  while (stream.read(buffer, sizeof buffer) || stream.gcount() > 0) crc.process_bytes(buffer, static_cast<size_t>(stream.gcount()));
  return crc.checksum();
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

NoteFiles::NoteFiles(const std::filesystem::path& state_dir, const std::string& connector, int tasks) {
  for (int task = 0; task < tasks; ++task) files_.push_back(CrashNotes::open_file(note_file(state_dir, connector, task)));
}

NoteFiles::~NoteFiles() {
  for (const int file : files_)
    if (file >= 0) close(file);
}

int NoteFiles::copy_of(int task) const {
  const auto at = static_cast<size_t>(task);
  return at < files_.size() && files_[at] >= 0 ? fcntl(files_[at], F_DUPFD_CLOEXEC, 0) : -1;
}

Wiring::Wiring(const HostConfig& host, const Catalog& catalog, std::string worker_id, const NoteFiles* notes)
    : host_(host), catalog_(catalog), references_(host.secrets_env_allow, host.secrets_paths), worker_id_(std::move(worker_id)), notes_(notes) {
  for (const ScannedFile& file : catalog.files())
    if (file.plugin) builds_[file.plugin] = {file.file, checksum_of(file.file)};
}

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
  ConnectorSettings isolated;
  if (const sluice_plugin* plugin = isolated_plugin(config, isolated)) {
    try {
      return read_check_answer(ask_in_child(isolated.name, worker_options(isolated, *plugin, 0), check_question(config, origin), kAnswer));
    } catch (const std::exception& e) {
      result.problems.push_back({"", fmt::format("The settings could not be checked: {}", e.what()), "", 0, false});
      return result;
    }
  }
  const CheckedConnector connector = checked(config, origin, result.problems);
  result.tasks_max = connector.settings.tasks_max;
  result.restart = {connector.settings.restart_max, {connector.settings.restart_backoff, connector.settings.restart_backoff_max}};
  if (connector.plugin) {
    result.plugin = connector.plugin->name;
    result.plugin_version = connector.plugin->version;
  }
  return result;
}

// The plugin, where it is to run in a worker process; null: here. Asks the plugin nothing, since it may crash.
const sluice_plugin* Wiring::isolated_plugin(const FlatConfig& config, ConnectorSettings& settings) const {
  if (notes_) return nullptr;
  Problems ignored;
  settings = parse_connector_settings(config, ignored);
  const sluice_plugin* plugin = catalog_.find(settings.connector_class).plugin;
  return plugin && (settings.isolation == Isolation::process || (plugin->flags & SLUICE_ISOLATE)) ? plugin : nullptr;
}

// `tasks`: of the connector, where they are to run; 0: for a question.
Worker::Options Wiring::worker_options(const ConnectorSettings& settings, const sluice_plugin& plugin, int tasks) const {
  const std::string& connector = settings.name;
  const RestAccess& rest = host_.rest_access;
  WorkerSetup setup{host_, builds_.at(&plugin).file, {}, connector, tasks};
  for (const auto& path : {host_.file, host_.connectors_dir, host_.state_dir, rest.basic_file, rest.bearer_file, rest.key})
    if (!path.empty()) setup.closed.push_back(path);
  setup.host.worker_id = worker_id_;
  Worker::Options options;
  options.setup = to_json(setup);
  options.memory_max = memory_of(settings) + kMemoryOfAProcess;
  options.last_words = [folder = host_.state_dir, connector](int task) { return CrashNotes::last_words(note_file(folder, connector, task)); };
  return options;
}

std::unique_ptr<RunningTask> Wiring::start_task(const FlatConfig& config, int index, int count) {
  ConnectorSettings isolated;
  if (const sluice_plugin* plugin = isolated_plugin(config, isolated)) {
    try {
      return workers_.start_task(isolated.name, worker_options(isolated, *plugin, count), config, index, count);
    } catch (const std::exception& e) {  // no thread is left for it
      return std::make_unique<FailedTask>(fmt::format("a worker process could not be started: {}", e.what()));
    }
  }
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
  // Checked anew each time a client or a sink is made, so that a rotated secret is seen without a restart of the connector.
  const auto settings_anew = [this, config] {
    Problems found;
    const CheckedConnector again = checked(config, ConfigOrigin::rest, found);
    if (any_error(found)) throw std::runtime_error(all_of(found));
    return again.settings;
  };
  consumer.properties_anew = [this, settings_anew] { return consumer_properties(host_, settings_anew()).second; };
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
  options.crash_notes = [this, who = CrashNotes::Who{settings.name, index, plugin.name, builds_.at(&plugin).mark, notes_ != nullptr}] {
    return std::make_unique<CrashNotes>(take_note(who.connector, who.task), who);
  };
  if (!settings.errors.dead_letter_topic.empty())
    options.rejects.dead_letters = [this, settings_anew, name] {
      return std::make_unique<kafka::DeadLetterProducer>([this, settings_anew, name] { return dead_letter_options(host_, settings_anew(), name); });
    };
  try {
    return std::make_unique<TaskThread>(std::move(make_source), std::move(make_sink), traits, std::move(options),
                                        std::min(settings.revoke_grace, kStopGrace));
  } catch (const std::system_error& e) {
    return std::make_unique<FailedTask>(no_thread(e));
  }
}

int Wiring::take_note(const std::string& connector, int task) const {
  return notes_ ? notes_->copy_of(task) : CrashNotes::open_file(note_file(host_.state_dir, connector, task));
}

OffsetsAnswer Wiring::at_desk(OffsetsWish wish, const FlatConfig& config, const OffsetEdits& edits) const {
  ConnectorSettings isolated;
  try {
    if (const sluice_plugin* plugin = isolated_plugin(config, isolated))
      return read_offsets_answer(ask_in_child(isolated.name, worker_options(isolated, *plugin, 0), offsets_question(wish, config, edits), kOffsetsAnswer));
    Problems problems;
    const CheckedConnector connector = checked(config, ConfigOrigin::rest, problems);
    if (any_error(problems) || !connector.plugin) return {OffsetsAnswer::Kind::failed, all_of(problems), {}};
    OffsetsDesk desk(host_, connector);
    return wish == OffsetsWish::read ? desk.read() : wish == OffsetsWish::alter ? desk.alter(edits) : desk.reset();
  } catch (const std::exception& e) {
    return {OffsetsAnswer::Kind::failed, e.what(), {}};
  }
}

OffsetsAnswer Wiring::read_offsets(const FlatConfig& config) const { return at_desk(OffsetsWish::read, config, {}); }

OffsetsAnswer Wiring::alter_offsets(const FlatConfig& config, const OffsetEdits& edits) const {
  return at_desk(OffsetsWish::alter, config, edits);
}

OffsetsAnswer Wiring::reset_offsets(const FlatConfig& config) const { return at_desk(OffsetsWish::reset, config, {}); }

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
  {
    std::lock_guard lock(mutex_);
    if (!cluster_id_.empty()) return cluster_id_;
  }
  return workers_.kafka_cluster_id();
}

}  // namespace sluice
