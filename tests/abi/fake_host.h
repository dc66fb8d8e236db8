// The host's side of the plugin ABI, in memory: what the conformance list hands to a plugin, and what it holds the plugin
// to. One plugin a process: each check runs in a child of its own (conformance.h).
//
// Memory bites: each batch, configuration and list of partitions lies in a mapping of its own that is read-only while lent
// and gone afterwards, so that a pointer kept too long or a write into a record is a crash in a check with a name.
#pragma once
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "abi/sluice_plugin.h"
#include "config/flat_config.h"
#include "config/option_values.h"

// What the check found wrong, and "this check does not fit this plugin".
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Skip : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void require(bool condition, const std::string& fault);

// What a check is run on: a file, and the settings that its tasks get.
struct Subject {
  std::filesystem::path file;
  sluice::FlatConfig settings;
};

// The host's handle for one task: notes what the plugin does with it. Any thread.
struct sluice_ctx {
  std::mutex mutex;
  std::vector<std::string> faults;
  std::vector<std::string> logged;
  uint32_t metrics = 0;
  std::multiset<const sluice_batch*> retained;
  std::atomic<sluice_result> reject_answer{SLUICE_OK};
  std::atomic<size_t> rejected{0};

  void fault(const std::string& text);
  bool keeps(const sluice_batch* batch);
};

// A mapping that holds one structure and all that it points to.
class Lent {
 public:
  explicit Lent(size_t size);
  ~Lent();
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

  void* take(size_t size, size_t align = 16);
  const char* text(const std::string& value);  // with a NUL behind it, not counted
  void lend();                                 // read-only from here on
  void take_back();                            // and now inaccessible

 private:
  std::byte* at_ = nullptr;
  size_t size_ = 0, used_ = 0;
};

struct Entry {  // one record
  std::optional<std::string> key, value;
};
struct Run {  // one partition's records in a batch
  std::string topic;
  int32_t partition = 0;
  int64_t first_offset = 0;
  std::vector<Entry> entries;
};

class Batch {
 public:
  explicit Batch(const std::vector<Run>& runs, uint32_t attempt = 0, const std::vector<void*>& users = {});
  const sluice_batch& view() const { return *batch_; }
  void take_back() { memory_.take_back(); }

 private:
  Lent memory_;
  sluice_batch* batch_ = nullptr;
};

struct Place {  // one partition as the fake broker knows it
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
};

// The plugin, loaded into this process.
class Plugin {
 public:
  explicit Plugin(const Subject& subject);
  const sluice_plugin& table() const { return *table_; }
  bool has(uint32_t flag) const { return table_->flags & flag; }
  const Subject& subject() const { return subject_; }
  void* library() const { return library_; }
  static const sluice_host* host();  // the table that it was given

 private:
  Subject subject_;
  void* library_ = nullptr;
  const sluice_plugin* table_ = nullptr;
};

// One task, and the rules that hold for each of its calls. The thread that calls is the plugin's [task] thread.
class Task {
 public:
  explicit Task(const Plugin& plugin, const std::string& connector = "conformance", uint32_t index = 0, uint32_t count = 1);
  ~Task();  // destroy(), without close() before it
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  std::vector<int64_t> open(const std::vector<Place>& places);  // where to begin, one a place
  sluice_result put(const std::vector<Run>& runs, uint32_t attempt = 0);
  std::vector<int64_t> commit();  // for all that is open; what is durable, in the order of open()
  void close(const std::vector<Place>& places, int32_t why);
  void close_all(int32_t why);
  void interrupt();
  void destroy();
  // Calls create() and hands back its answer instead of demanding that it works.
  static sluice_result try_create(const Plugin& plugin, sluice_error& error, const std::string& connector = "conformance");

  sluice_ctx& context() { return *context_; }
  void settle();  // throws what the context noted

 private:
  struct Held {
    std::string topic;
    int32_t partition;
    int64_t accepted;
    void* user;
    bool advanced;
  };
  Held* held(const std::string& topic, int32_t partition);

  const Plugin& plugin_;
  std::unique_ptr<sluice_ctx> context_ = std::make_unique<sluice_ctx>();
  std::vector<std::unique_ptr<Batch>> batches_;  // the retained ones stay readable
  std::vector<Held> open_;
  sluice_task* task_ = nullptr;
};

// Rules for every answer: a known result, a message with each failure. The text that a failure of a check shows.
std::string answer(const char* call, sluice_result result, const sluice_error& error);
