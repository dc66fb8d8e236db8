// A backend whose tasks do nothing but remember what they were told, and report what a test tells them to. Any thread.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#include "connector/backend.h"

namespace sluice::test {

// What the test holds of a task; it outlives the task, so that its end can be looked at.
class FakeTask {
 public:
  void fails(std::string trace) { set({TaskReport::State::failed, std::move(trace), ""}); }
  void waits_for(std::string condition) { set({TaskReport::State::running, "", std::move(condition)}); }
  void hangs() { set({TaskReport::State::running, "", "", 0, false, true}); }
  void reports(TaskReport::State state) { set({state, "", ""}); }
  void fails_for_a_while(std::string trace) { set({TaskReport::State::failed, std::move(trace), "", 0, true}); }
  void reads(std::set<std::string> topics) { with([&] { topics_ = std::move(topics); }); }
  void counts(TaskFigures figures) { with([&] { figures_ = std::move(figures); }); }
  void ends() { with([&] { ended_ = true; }); }

  bool paused() const { return with([&] { return paused_; }); }
  std::optional<StopMode> stop_mode() const { return with([&] { return stop_mode_; }); }
  bool destroyed() const { return with([&] { return destroyed_; }); }

  FlatConfig config;
  int index = 0;
  int count = 0;

 private:
  friend class FakeRunningTask;
  void set(TaskReport report) { with([&] { report_ = std::move(report); }); }
  template <class Do>
  std::invoke_result_t<Do&> with(Do&& what) const {
    const std::lock_guard lock(mutex_);
    return what();
  }

  mutable std::mutex mutex_;
  TaskReport report_{TaskReport::State::running, "", ""};
  TaskFigures figures_;
  std::set<std::string> topics_;
  bool paused_ = false;
  std::optional<StopMode> stop_mode_;
  bool ends_at_once_ = true;
  bool ended_ = false;
  bool destroyed_ = false;
  friend class FakeBackend;
};

class FakeRunningTask : public RunningTask {
 public:
  explicit FakeRunningTask(std::shared_ptr<FakeTask> task) : task_(std::move(task)) {}
  ~FakeRunningTask() override {
    request_stop(StopMode::keep_membership);
    task_->with([&] { task_->destroyed_ = true; });
  }
  TaskReport report() const override {
    return task_->with([&] {
      TaskReport report = task_->report_;
      if (report.state == TaskReport::State::running && task_->paused_) report.state = TaskReport::State::paused;
      return report;
    });
  }
  TaskFigures figures() const override {
    return task_->with([&] { return task_->figures_; });
  }
  std::set<std::string> take_topics() override { return task_->with([&] { return std::exchange(task_->topics_, {}); }); }
  void set_paused(bool paused) override { task_->with([&] { task_->paused_ = paused; }); }
  void request_stop(StopMode mode) override {
    task_->with([&] {
      if (!task_->stop_mode_ || mode == StopMode::leave_group) task_->stop_mode_ = mode;
      task_->ended_ |= task_->ends_at_once_;
    });
  }
  bool stopped() const override { return task_->with([&] { return task_->ended_; }); }

 private:
  std::shared_ptr<FakeTask> task_;
};

// Knows one sink and a few of Connect's rules, in Connect's words.
class FakeBackend : public Backend {
 public:
  std::vector<PluginInfo> plugins() const override { return {{"example-file-sink", "sink", "0.1.0"}}; }
  std::string kafka_cluster_id() const override { return "fake-cluster"; }

  // Offsets of one topic, orders.
  OffsetsAnswer read_offsets(const FlatConfig&) const override {
    const std::lock_guard lock(mutex_);
    return {OffsetsAnswer::Kind::done, "", offsets_};
  }
  OffsetsAnswer alter_offsets(const FlatConfig&, const OffsetEdits& edits) const override {
    const std::lock_guard lock(mutex_);
    for (const auto& [partition, edit] : edits)
      if (partition.topic != "orders") return {OffsetsAnswer::Kind::invalid, "There is no topic " + partition.topic + " in Kafka", {}};
    for (const auto& [partition, edit] : edits)
      if (edit.to == OffsetEdit::To::unset) offsets_.erase(partition);
      else offsets_[partition] = edit.to == OffsetEdit::To::earliest ? 0 : edit.to == OffsetEdit::To::latest ? 100 : edit.value;
    return {};
  }
  OffsetsAnswer reset_offsets(const FlatConfig&) const override {
    const std::lock_guard lock(mutex_);
    offsets_.clear();
    return {};
  }
  // Two letters, of which the second is as good as replayed.
  LettersAnswer list_letters(const FlatConfig&, size_t most) const override {
    LettersAnswer answer;
    answer.topic = "dlq";
    answer.lines = {{"dlq-0@1", "orders-0@7", 5, "22003", "amount", "too large"}, {"dlq-0@0", "", 4, "", "", ""}};
    answer.more = most < 2;
    answer.lines.resize(std::min(most, answer.lines.size()));
    return answer;
  }
  LettersAnswer show_letter(const FlatConfig&, const std::string& letter) const override {
    LettersAnswer answer;
    if (letter == "dlq-0@1") answer.text = LetterText{{"dlq-0@1", "orders-0@7", 5, "", "", ""}, {{"a", "b"}}, "key", "value"};
    else answer.kind = LettersAnswer::Kind::none;
    return answer;
  }
  LettersAnswer replay_letters(const FlatConfig&, const std::set<std::string>& letters, bool dry) const override {
    LettersAnswer answer;
    for (const std::string& letter : letters) answer.replayed.push_back({letter, "orders-0@7", dry ? "would be replayed" : "replayed", ""});
    return answer;
  }
  std::optional<DescribedPlugin> describe(const std::string& name) const override {
    if (name != "FileStreamSink" && name != "FileStreamSinkConnector" && name != "example-file-sink") return std::nullopt;
    SettingDefinition file{"file", "STRING", true, {}, "HIGH", "The file to append to.", "", "NONE", "file", -1, {}};
    SettingDefinition password{"password", "PASSWORD", false, {}, "MEDIUM", "", "Access", "MEDIUM", "password", 1, {}};
    return DescribedPlugin{{"example-file-sink", "sink", "0.1.0"}, {file, password}};
  }

  // Of every class that is known at all: neither its name nor its ending tells.
  bool is_secret(const std::string& connector_class, const std::string& key) const override {
    return !connector_class.empty() && key == "connection.url";
  }
  CheckedConfig check(const FlatConfig& config, ConfigOrigin origin) const override {
    CheckedConfig checked{{}, 1, "example-file-sink", "0.1.0", {}};
    const auto get = [&](const char* key) { return config.contains(key) ? config.at(key) : ""; };
    const auto refuse = [&](const char* key, std::string message) { checked.problems.push_back({key, std::move(message), "", 0, false}); };
    const std::string plugin = get("connector.class");
    if (!describe(plugin))
      refuse("connector.class", "Failed to find any class that implements Connector and which name matches " + plugin +
                                    ", available connectors are: example-file-sink");
    if (get("topics").empty() && get("topics.regex").empty()) refuse("topics", "Must configure one of topics or topics.regex");
    if (!get("topics").empty() && !get("topics.regex").empty())
      checked.problems.push_back({"topics.regex", "topics and topics.regex are mutually exclusive options, but both are set.", "", 0, false, "topics"});
    if (const std::string tasks = get("tasks.max"); !tasks.empty()) {
      checked.tasks_max = std::atoi(tasks.c_str());
      if (tasks.find_first_not_of(" -0123456789") != std::string::npos)
        refuse("tasks.max", "Invalid value " + tasks + " for configuration tasks.max: Not a number of type INT");
      else if (checked.tasks_max < 1)
        refuse("tasks.max", "Invalid value " + tasks + " for configuration tasks.max: Value must be at least 1");
    }
    if (config.contains("fille"))
      checked.problems.push_back({"fille", "unknown setting \"fille\"; did you mean \"file\"?", "", 0, origin == ConfigOrigin::rest});
    return checked;
  }

  std::unique_ptr<RunningTask> start_task(const FlatConfig& config, int index, int count) override {
    auto task = std::make_shared<FakeTask>();
    task->config = config;
    task->index = index;
    task->count = count;
    std::unique_lock lock(mutex_);
    ++starting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !hold_starts_; });
    task->ends_at_once_ = !hold_ends_;
    started_[config.at("name")].push_back(task);
    return std::make_unique<FakeRunningTask>(task);
  }

  // From now on a task that is told to end goes on until the test calls its ends().
  void hold_ends() {
    const std::lock_guard lock(mutex_);
    hold_ends_ = true;
    for (auto& [name, tasks] : started_)
      for (auto& task : tasks) task->with([&] { task->ends_at_once_ = false; });
  }
  void hold_starts(bool hold) {
    const std::lock_guard lock(mutex_);
    hold_starts_ = hold;
    changed_.notify_all();
  }
  void wait_until_starting() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return starting_ > 0; });
  }

  // All tasks ever started for a connector, in order.
  std::vector<std::shared_ptr<FakeTask>> started(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = started_.find(name);
    return found == started_.end() ? std::vector<std::shared_ptr<FakeTask>>{} : found->second;
  }
  // The newest task with that number.
  FakeTask& task(const std::string& name, int index = 0) const {
    std::shared_ptr<FakeTask> newest;
    for (const auto& task : started(name))
      if (task->index == index) newest = task;
    if (!newest) throw std::runtime_error("no task " + name + "-" + std::to_string(index) + " was started");
    return *newest;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  mutable std::map<TopicPartition, int64_t> offsets_;
  bool hold_ends_ = false;
  bool hold_starts_ = false;
  int starting_ = 0;
  std::map<std::string, std::vector<std::shared_ptr<FakeTask>>> started_;
};

inline FlatConfig sink_config(int tasks = 1) {
  return {{"connector.class", "FileStreamSink"}, {"tasks.max", std::to_string(tasks)}, {"topics", "orders"}, {"file", "/dev/null"}};
}

}  // namespace sluice::test
