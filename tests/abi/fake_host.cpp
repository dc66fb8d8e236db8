#include "fake_host.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>

void require(bool condition, const std::string& fault) {
  if (!condition) throw Fault(fault);
}

void sluice_ctx::fault(const std::string& text) {
  std::lock_guard lock(mutex);
  faults.push_back(text);
}

bool sluice_ctx::keeps(const sluice_batch* batch) {
  std::lock_guard lock(mutex);
  return retained.contains(batch);
}

// ---- the table --------------------------------------------------------------------------------------------------------

namespace {

void host_log(sluice_ctx* ctx, int32_t level, const char* text, size_t len) {
  if (!ctx) return;
  if (!text || level < SLUICE_TRACE || level > SLUICE_ERROR) return ctx->fault("log() without a text or with an unknown level");
  std::lock_guard lock(ctx->mutex);
  ctx->logged.emplace_back(text, len);
}

int32_t host_log_level(sluice_ctx*) { return SLUICE_TRACE; }

uint32_t host_metric(sluice_ctx* ctx, int32_t kind, const char* name, const char* help, const sluice_pair*, size_t,
                     const double* bounds, size_t bound_count) {
  if (kind < SLUICE_COUNTER || kind > SLUICE_HISTOGRAM || !name || !*name || !help) ctx->fault("metric() without kind, name or help");
  if (bound_count && !std::is_sorted(bounds, bounds + bound_count)) ctx->fault("metric() whose bounds do not ascend");
  std::lock_guard lock(ctx->mutex);
  return ++ctx->metrics;
}

void host_update(sluice_ctx* ctx, uint32_t metric, double) {
  std::unique_lock lock(ctx->mutex);
  const bool known = metric <= ctx->metrics;
  lock.unlock();
  if (!known) ctx->fault("update() of a metric that was never defined");
}

void host_observe(sluice_ctx* ctx, uint32_t metric, const double*, size_t) { host_update(ctx, metric, 0); }

int64_t host_clock(sluice_ctx*, int32_t which) {
  timespec now{};
  clock_gettime(which == SLUICE_MONOTONIC ? CLOCK_MONOTONIC : CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

int32_t host_stopping(sluice_ctx*) { return 0; }

sluice_result host_reject_many(sluice_ctx* ctx, const sluice_batch* batch, const uint32_t* indexes, const sluice_error* errors,
                               size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (indexes[i] >= batch->record_count) ctx->fault("reject_many() with an index beyond the batch");
    if (!errors[i].message[0]) ctx->fault("reject_many() without a message");
  }
  ctx->rejected += n;
  return ctx->reject_answer;
}

void host_request_commit(sluice_ctx*) {}

void host_retain(sluice_ctx* ctx, const sluice_batch* batch) {
  std::lock_guard lock(ctx->mutex);
  ctx->retained.insert(batch);
}

void host_release(sluice_ctx* ctx, const sluice_batch* batch) {
  std::unique_lock lock(ctx->mutex);
  const auto at = ctx->retained.find(batch);
  if (at != ctx->retained.end()) {
    ctx->retained.erase(at);
  } else {
    lock.unlock();
    ctx->fault("release() of a batch that is not retained");
  }
}

void host_issue(sluice_issues*, const char*, const char*) {}
const void* host_extension(const char*) { return nullptr; }

constexpr sluice_host kHost{sizeof(sluice_host), SLUICE_ABI_MINOR, "sluice-conformance", "0", host_log, host_log_level,
                            host_metric, host_update, host_observe, host_clock, host_stopping, host_reject_many,
                            host_request_commit, host_retain, host_release, host_issue, host_extension};

size_t page_up(size_t size) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

}  // namespace

// ---- memory -----------------------------------------------------------------------------------------------------------

Lent::Lent(size_t size) : size_(page_up(size)) {
  void* at = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  at_ = static_cast<std::byte*>(at);
}

Lent::~Lent() { munmap(at_, size_); }

void* Lent::take(size_t size, size_t align) {
  used_ = (used_ + align - 1) / align * align;
  if (used_ + size > size_) throw std::logic_error("Lent: too small");
  void* at = at_ + used_;
  used_ += size;
  return at;
}

const char* Lent::text(const std::string& value) {
  char* at = static_cast<char*>(take(value.size() + 1, 1));
  std::memcpy(at, value.c_str(), value.size() + 1);
  return at;
}

void Lent::lend() { mprotect(at_, size_, PROT_READ); }
void Lent::take_back() { mprotect(at_, size_, PROT_NONE); }

namespace {

size_t room(const std::vector<Run>& runs) {
  size_t size = 4096;
  for (const Run& run : runs) {
    size += sizeof(sluice_span) + run.topic.size() + 64;
    for (const Entry& entry : run.entries)
      size += sizeof(sluice_record) + entry.key.value_or("").size() + entry.value.value_or("").size() + 8;
  }
  return size;
}

}  // namespace

Batch::Batch(const std::vector<Run>& runs, uint32_t attempt, const std::vector<void*>& users) : memory_(room(runs)) {
  size_t count = 0;
  for (const Run& run : runs) count += run.entries.size();
  batch_ = static_cast<sluice_batch*>(memory_.take(sizeof(sluice_batch)));
  auto* records = static_cast<sluice_record*>(memory_.take(sizeof(sluice_record) * count, 64));
  auto* spans = static_cast<sluice_span*>(memory_.take(sizeof(sluice_span) * runs.size(), 64));
  uint32_t at = 0;
  uint64_t bytes = 0;
  // Record bytes end without a NUL: whoever relies on one reads the next record's first byte.
  const auto bytes_of = [&](const std::optional<std::string>& value, uint32_t& len) -> const void* {
    if (!value) return nullptr;
    len = static_cast<uint32_t>(value->size());
    bytes += len;
    void* to = memory_.take(value->size(), 1);
    std::memcpy(to, value->data(), value->size());
    return to;
  };
  for (uint32_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    const char* topic = memory_.text(run.topic);
    sluice_span& span = spans[i];
    span = {};
    span.topic = span.routed_topic = {topic, run.topic.size()};
    span.partition = run.partition;
    span.leader_epoch = -1;
    span.first = at;
    span.count = static_cast<uint32_t>(run.entries.size());
    span.next_offset = run.first_offset + span.count;
    span.user = i < users.size() ? users[i] : nullptr;
    for (uint32_t k = 0; k < span.count; ++k, ++at) {
      sluice_record& record = records[at];
      record = {};
      record.offset = run.first_offset + k;
      record.timestamp_ms = 1'700'000'000'000 + record.offset;
      record.span = i;
      record.key = bytes_of(run.entries[k].key, record.key_len);
      record.value = bytes_of(run.entries[k].value, record.value_len);
    }
  }
  *batch_ = {};
  batch_->struct_size = sizeof *batch_;
  batch_->record_count = static_cast<uint32_t>(count);
  batch_->records = records;
  batch_->spans = spans;
  batch_->span_count = static_cast<uint32_t>(runs.size());
  batch_->attempt = attempt;
  batch_->bytes = bytes;
  batch_->received_ns = host_clock(nullptr, SLUICE_MONOTONIC);
  memory_.lend();
}

// ---- the plugin -------------------------------------------------------------------------------------------------------

Plugin::Plugin(const Subject& subject) : subject_(subject) {
  library_ = dlopen(subject.file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library_) {
    const char* why = dlerror();
    throw Fault(std::string("it does not load: ") + (why ? why : ""));
  }
  const auto entry = reinterpret_cast<sluice_entry_fn>(dlsym(library_, SLUICE_ENTRY));
  require(entry != nullptr, "it does not export " SLUICE_ENTRY);
  sluice_error error{};
  table_ = entry(&kHost, &error);
  require(table_ != nullptr, std::string("it declined to load: ") + error.message);
  require(table_->struct_size >= sizeof(sluice_plugin), "its table is shorter than ABI 1.0's");
}

const sluice_host* Plugin::host() { return &kHost; }

std::string answer(const char* call, sluice_result result, const sluice_error& error) {
  static const char* const kNames[] = {"OK", "RETRY", "RESTART", "BAD_DATA", "FATAL"};
  require(result >= SLUICE_OK && result <= SLUICE_FATAL, std::string(call) + "() answered with an unknown result");
  require(memchr(error.message, 0, sizeof error.message) != nullptr, std::string(call) + "() left a message without an end");
  require(result == SLUICE_OK || error.message[0], std::string(call) + "() failed without a message");
  return std::string(call) + "() answered " + kNames[result] + (result == SLUICE_OK ? "" : std::string(": ") + error.message);
}

// ---- one task ---------------------------------------------------------------------------------------------------------

namespace {

// A configuration in a mapping of its own, typed by the host's own code from the plugin's option table.
class Config {
 public:
  Config(const Plugin& plugin, const std::string& connector, uint32_t index, uint32_t count) : memory_(1 << 20) {
    sluice::Problems problems;
    const sluice::References references("SLUICE_[A-Z0-9_]+", {});
    const sluice::OptionValues values(plugin.subject().settings, {plugin.table().options, plugin.table().option_count},
                                      sluice::UnknownKeys::are_errors, references, problems);
    for (const sluice::Problem& problem : problems) require(problem.warning, "its settings do not parse: " + describe(problem));
    auto* copies = static_cast<sluice_value*>(memory_.take(sizeof(sluice_value) * values.values().size()));
    for (size_t i = 0; i < values.values().size(); ++i) {
      copies[i] = values.values()[i];
      copies[i].text = copy(copies[i].text);
      auto* items = static_cast<sluice_str*>(memory_.take(sizeof(sluice_str) * copies[i].item_count));
      for (size_t k = 0; k < copies[i].item_count; ++k) items[k] = copy(copies[i].items[k]);
      copies[i].items = items;
    }
    config_ = static_cast<sluice_config*>(memory_.take(sizeof(sluice_config)));
    *config_ = {sizeof(sluice_config), static_cast<uint32_t>(values.values().size()), copies,
                {memory_.text(connector), connector.size()}, index, count, nullptr, nullptr};
    memory_.lend();
  }
  const sluice_config* view() const { return config_; }
  void take_back() { memory_.take_back(); }

 private:
  sluice_str copy(sluice_str from) {
    if (!from.data) return from;
    return {memory_.text(std::string(from.data, from.len)), from.len};
  }
  Lent memory_;
  sluice_config* config_ = nullptr;
};

// A list of partitions that is writable during the call alone.
class Partitions {
 public:
  explicit Partitions(const std::vector<Place>& places) : memory_(4096 + places.size() * 512), count_(places.size()) {
    list_ = static_cast<sluice_partition*>(memory_.take(sizeof(sluice_partition) * places.size()));
    for (size_t i = 0; i < places.size(); ++i) {
      list_[i] = {};
      list_[i].topic = {memory_.text(places[i].topic), places[i].topic.size()};
      list_[i].partition = places[i].partition;
      list_[i].offset = places[i].offset;
      list_[i].leader_epoch = -1;
      list_[i].epoch = 1;
      list_[i].low_watermark = 0;
      list_[i].high_watermark = 1 << 20;
      list_[i].witness_offset = list_[i].witness_crc = list_[i].witness_ts = -1;
    }
  }
  sluice_partition* data() { return list_; }
  size_t size() const { return count_; }
  sluice_partition& operator[](size_t i) { return list_[i]; }
  void take_back() { memory_.take_back(); }

 private:
  Lent memory_;
  sluice_partition* list_ = nullptr;
  size_t count_;
};

}  // namespace

sluice_result Task::try_create(const Plugin& plugin, sluice_error& error, const std::string& connector) {
  sluice_ctx context;
  Config config(plugin, connector, 0, 1);
  sluice_task* task = nullptr;
  error = {};
  const sluice_result result = plugin.table().create(&context, config.view(), &task, &error);
  config.take_back();
  answer("create", result, error);
  require((result == SLUICE_OK) == (task != nullptr), "create() made a task and failed, or made none and succeeded");
  if (task) plugin.table().destroy(task);
  require(context.faults.empty(), context.faults.empty() ? "" : context.faults.front());
  return result;
}

Task::Task(const Plugin& plugin, const std::string& connector, uint32_t index, uint32_t count) : plugin_(plugin) {
  Config config(plugin, connector, index, count);
  sluice_error error{};
  const sluice_result result = plugin.table().create(context_.get(), config.view(), &task_, &error);
  config.take_back();
  const std::string said = answer("create", result, error);
  require(result == SLUICE_OK && task_, said);
}

Task::~Task() {
  if (task_) plugin_.table().destroy(task_);
}

void Task::destroy() {
  plugin_.table().destroy(task_);
  task_ = nullptr;
  require(context_->retained.empty(), "a batch is still retained after destroy()");
  settle();
}

void Task::settle() {
  std::lock_guard lock(context_->mutex);
  require(context_->faults.empty(), context_->faults.empty() ? "" : context_->faults.front());
}

Task::Held* Task::held(const std::string& topic, int32_t partition) {
  for (Held& each : open_)
    if (each.topic == topic && each.partition == partition) return &each;
  return nullptr;
}

std::vector<int64_t> Task::open(const std::vector<Place>& places) {
  Partitions list(places);
  if (plugin_.table().open) {
    sluice_error error{};
    const sluice_result result = plugin_.table().open(task_, list.data(), list.size(), &error);
    const std::string said = answer("open", result, error);
    require(result == SLUICE_OK, said);
  }
  std::vector<int64_t> begin;
  for (size_t i = 0; i < places.size(); ++i) {
    require(list[i].offset >= 0 || list[i].offset == SLUICE_NO_OFFSET, "open() returned a negative offset");
    begin.push_back(list[i].offset);
    open_.push_back({places[i].topic, places[i].partition, list[i].offset, list[i].user, false});
  }
  list.take_back();
  settle();
  return begin;
}

sluice_result Task::put(const std::vector<Run>& runs, uint32_t attempt) {
  std::vector<void*> users;
  for (const Run& run : runs) {
    const Held* where = held(run.topic, run.partition);
    users.push_back(where ? where->user : nullptr);
  }
  auto batch = std::make_unique<Batch>(runs, attempt, users);
  sluice_error error{};
  const sluice_result result = plugin_.table().put(task_, &batch->view(), &error);
  answer("put", result, error);
  if (result == SLUICE_OK)
    for (const Run& run : runs)
      if (Held* where = held(run.topic, run.partition)) {
        where->accepted = run.first_offset + static_cast<int64_t>(run.entries.size());
        where->advanced = true;
      }
  if (!context_->keeps(&batch->view())) batch->take_back();
  batches_.push_back(std::move(batch));
  settle();
  return result;
}

std::vector<int64_t> Task::commit() {
  std::vector<Place> places;
  for (const Held& each : open_) places.push_back({each.topic, each.partition, each.advanced ? each.accepted : SLUICE_NO_OFFSET});
  std::vector<int64_t> durable;
  for (const Place& place : places) durable.push_back(place.offset);
  if (!plugin_.table().commit) return durable;
  Partitions list(places);
  sluice_error error{};
  const sluice_result result = plugin_.table().commit(task_, list.data(), list.size(), &error);
  const std::string said = answer("commit", result, error);
  require(result == SLUICE_OK, said);
  for (size_t i = 0; i < places.size(); ++i) {
    require(list[i].offset <= places[i].offset, "commit() returned an offset ahead of what it was given");
    durable[i] = list[i].offset;
  }
  list.take_back();
  settle();
  return durable;
}

void Task::close(const std::vector<Place>& places, int32_t why) {
  std::vector<Place> known;
  for (const Place& place : places) {
    const Held* where = held(place.topic, place.partition);
    known.push_back({place.topic, place.partition, where && where->advanced ? where->accepted : SLUICE_NO_OFFSET});
  }
  if (plugin_.table().close) {
    Partitions list(known);
    for (size_t i = 0; i < known.size(); ++i)
      if (const Held* where = held(known[i].topic, known[i].partition)) list[i].user = where->user;
    sluice_error error{};
    const sluice_result result = plugin_.table().close(task_, list.data(), list.size(), why, &error);
    answer("close", result, error);
    if (why != SLUICE_LOST)
      for (size_t i = 0; i < known.size(); ++i)
        require(list[i].offset <= known[i].offset, "close() returned an offset ahead of what was accepted");
    list.take_back();
  }
  std::erase_if(open_, [&](const Held& each) {
    return std::any_of(places.begin(), places.end(),
                       [&](const Place& place) { return place.topic == each.topic && place.partition == each.partition; });
  });
  settle();
}

void Task::close_all(int32_t why) {
  std::vector<Place> places;
  for (const Held& each : open_) places.push_back({each.topic, each.partition, 0});
  close(places, why);
}

void Task::interrupt() {
  if (plugin_.table().interrupt) plugin_.table().interrupt(task_);
}
