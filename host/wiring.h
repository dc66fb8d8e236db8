// connector/backend.h over the real parts: the catalog's plugins, the configuration's rules, a Kafka consumer a task.
// With main.cpp and run.cpp the only place that knows all folders.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "config/check_connector.h"
#include "config/host_config.h"
#include "config/references.h"
#include "connector/backend.h"
#include "plugin/catalog.h"
#include "plugin_questions.h"
#include "worker/workers.h"

namespace sluice {

// The notes of a connector's tasks (task/crash_notes.h), opened before a worker is shut in and cannot open them any more.
class NoteFiles {
 public:
  NoteFiles(const std::filesystem::path& state_dir, const std::string& connector, int tasks);
  ~NoteFiles();
  NoteFiles(const NoteFiles&) = delete;
  NoteFiles& operator=(const NoteFiles&) = delete;
  int copy_of(int task) const;  // a descriptor of the caller's own; -1: there is none

 private:
  std::vector<int> files_;
};

class Wiring : public Backend {
 public:
  // `host` and `catalog` outlive it. The worker id is known once REST listens. A connector with isolation: process, or whose plugin wants
  // it, gets a worker process of its own; in such a process, which has its notes open already, all runs here.
  Wiring(const HostConfig& host, const Catalog& catalog, std::string worker_id, const NoteFiles* notes = nullptr);

  std::vector<PluginInfo> plugins() const override;
  std::optional<DescribedPlugin> describe(const std::string& connector_class) const override;
  bool is_secret(const std::string& connector_class, const std::string& key) const override;
  CheckedConfig check(const FlatConfig& config, ConfigOrigin origin) const override;
  std::unique_ptr<RunningTask> start_task(const FlatConfig& config, int index, int count) override;
  std::string kafka_cluster_id() const override;
  // The process ends: whoever waits for an answer to a question of REST gives up.
  void end() { ending_ = true; }
  OffsetsAnswer read_offsets(const FlatConfig& config) const override;
  OffsetsAnswer alter_offsets(const FlatConfig& config, const OffsetEdits& edits) const override;
  OffsetsAnswer reset_offsets(const FlatConfig& config) const override;
  LettersAnswer list_letters(const FlatConfig& config, size_t most) const override;
  LettersAnswer show_letter(const FlatConfig& config, const std::string& letter) const override;
  LettersAnswer replay_letters(const FlatConfig& config, const std::set<std::string>& letters, bool dry) const override;

 private:
  OffsetsAnswer at_desk(OffsetsWish wish, const FlatConfig& config, const OffsetEdits& edits) const;
  template <class Do>
  LettersAnswer at_letters_desk(const FlatConfig& config, Do&& what) const;
  CheckedConnector checked(const FlatConfig& config, ConfigOrigin origin, Problems& problems) const;
  int take_note(const std::string& connector, int task) const;
  const sluice_plugin* isolated_plugin(const FlatConfig& config, ConnectorSettings& settings) const;
  Worker::Options worker_options(const ConnectorSettings& settings, const sluice_plugin& plugin, int tasks) const;

  const HostConfig& host_;
  const Catalog& catalog_;
  const References references_;
  const std::string worker_id_;
  const NoteFiles* const notes_;  // null: this is no worker
  struct Build {
    std::filesystem::path file;
    uint32_t mark = 0;  // a checksum of it: what is known of one build of a plugin says nothing about another
  };
  std::map<const sluice_plugin*, Build> builds_;  // fixed after construction
  Workers workers_;

  std::atomic<bool> ending_{false};
  mutable std::atomic<int> reading_letters_{0};  // requests

  mutable std::mutex mutex_;
  std::string cluster_id_;  // guarded by mutex_
};

}  // namespace sluice
