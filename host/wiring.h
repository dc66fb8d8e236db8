// connector/backend.h over the real parts: the catalog's plugins, the configuration's rules, a Kafka consumer a task.
// With main.cpp and run.cpp the only place that knows all folders.
#pragma once
#include <atomic>
#include <mutex>
#include <string>

#include "config/check_connector.h"
#include "config/host_config.h"
#include "config/references.h"
#include "connector/backend.h"
#include "plugin/catalog.h"

namespace sluice {

class Wiring : public Backend {
 public:
  // `host` and `catalog` outlive it. The worker id is known once REST listens.
  Wiring(const HostConfig& host, const Catalog& catalog, std::string worker_id);

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
  template <class Do>
  OffsetsAnswer at_desk(const FlatConfig& config, Do&& what) const;
  template <class Do>
  LettersAnswer at_letters_desk(const FlatConfig& config, Do&& what) const;
  CheckedConnector checked(const FlatConfig& config, ConfigOrigin origin, Problems& problems) const;

  const HostConfig& host_;
  const Catalog& catalog_;
  const References references_;
  const std::string worker_id_;

  std::atomic<bool> ending_{false};
  mutable std::atomic<int> reading_letters_{0};  // requests

  mutable std::mutex mutex_;
  std::string cluster_id_;  // guarded by mutex_
};

}  // namespace sluice
