#include "worker/worker.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log_context.h"
#include "base/loggers.h"
#include "worker/figures_json.h"
#include "base/json_read.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

// It speaks twice a second. One that is silent for so long hangs, or is stopped; its partitions wait meanwhile.
constexpr milliseconds kSilence{10000};
constexpr milliseconds kLook{500};
constexpr milliseconds kTimeToStop{10000};  // of one task, once it was told to; the host itself ends after 20 s, whatever hangs
constexpr milliseconds kTimeToEnd{3000};  // from the word to the end of the process

Time now() { return std::chrono::steady_clock::now(); }

void write_config(JsonWriter& json, const FlatConfig& config) {
  json.begin_object();
  for (const auto& [key, value] : config) json.text(key, value);
  json.end_object();
}

}  // namespace

Worker::Worker(std::string connector, Options options)
    : connector_(std::move(connector)), options_(std::move(options)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), log_(connector_) {
  out_.add(options_.setup);
  thread_ = std::thread([this] { run(); });
}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    kill_ = true;
  }
  eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
}

// ---- what the tasks' other halves ask ---------------------------------------------------------------------------------

uint64_t Worker::start(const FlatConfig& config, int index, int count) {
  const std::lock_guard lock(mutex_);
  const uint64_t task = ++last_task_;
  tasks_[task].index = index;
  JsonWriter json;
  json.begin_object().text("do", "start").key("task").number(static_cast<int64_t>(task)).key("index").number(index).key("count").number(count);
  write_config(json.key("config"), config);
  tell(json.end_object().result());
  return task;
}

void Worker::set_paused(uint64_t task, bool paused) {
  JsonWriter json;
  json.begin_object().text("do", "pause").key("task").number(static_cast<int64_t>(task)).key("paused").boolean(paused).end_object();
  const std::lock_guard lock(mutex_);
  tell(json.result());
}

void Worker::request_stop(uint64_t task, StopMode mode) {
  JsonWriter json;
  json.begin_object().text("do", "stop").key("task").number(static_cast<int64_t>(task));
  json.key("leave_group").boolean(mode == StopMode::leave_group).end_object();
  const std::lock_guard lock(mutex_);
  if (const auto found = tasks_.find(task); found != tasks_.end()) found->second.stop_by = std::min(found->second.stop_by, now() + kTimeToStop);
  tell(json.result());
}

void Worker::forget(uint64_t task) {
  JsonWriter json;
  json.begin_object().text("do", "forget").key("task").number(static_cast<int64_t>(task)).end_object();
  const std::lock_guard lock(mutex_);
  tasks_.erase(task);
  tell(json.result());
}

TaskReport Worker::report(uint64_t task) const {
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find(task);
  TaskReport report = found == tasks_.end() ? TaskReport{} : found->second.report;
  report.process = gone_ ? 0 : pid_;
  report.process_bytes = gone_ ? 0 : resident_bytes_;
  report.process_deaths = *options_.deaths;
  report.process_sandbox = sandbox_;
  if (report.condition.empty()) report.condition = memory_alarm();
  if (!gone_ || how_.empty() || report.state == TaskReport::State::failed) return report;
  report.state = TaskReport::State::failed;
  report.trace = how_;
  report.time_may_mend = true;
  report.hangs = false;
  return report;
}

TaskFigures Worker::figures(uint64_t task) const {
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find(task);
  return found == tasks_.end() ? TaskFigures{} : found->second.figures;
}

std::set<std::string> Worker::take_topics(uint64_t task) {
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find(task);
  return found == tasks_.end() ? std::set<std::string>{} : std::exchange(found->second.topics, {});
}

bool Worker::has_stopped(const Task& task) const { return gone_ || (task.stopped && !closing_); }

bool Worker::stopped(uint64_t task) const {
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find(task);
  return found == tasks_.end() || has_stopped(found->second);
}

void Worker::join(uint64_t task) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    const auto found = tasks_.find(task);
    return found == tasks_.end() || has_stopped(found->second);
  });
}

bool Worker::takes_tasks() const {
  const std::lock_guard lock(mutex_);
  return !closing_ && !gone_ && !kill_;
}

std::string Worker::kafka_cluster_id() const {
  const std::lock_guard lock(mutex_);
  return cluster_id_;
}

void Worker::tell(const std::string& text) {
  out_.add(text);
  eventfd_write(wake_, 1);
}

// ---- its thread -------------------------------------------------------------------------------------------------------

void Worker::run() {
  const LogContext about(connector_);
  std::string how;
  try {
    const Child child = start_child(connector_);
    {
      const std::lock_guard lock(mutex_);
      pid_ = child.pid;
    }
    connector_log().info("its tasks run in the worker process {}", child.pid);
    talk(child);
    close(child.socket);
    // Where it closed the socket by ending, it is gone in a moment.
    const Time until = now() + kLook;
    while ((how = how_it_ended(child.pid)).empty()) {
      if (now() > until) kill(child.pid, SIGKILL);
      std::this_thread::sleep_for(milliseconds(5));
    }
    log_.take(child.log);
    log_.end();
    close(child.log);
    how = fmt::format("the worker process {} {}", child.pid, how);
  } catch (const std::exception& e) {
    how = e.what();
  }
  ended(std::move(how));
}

void Worker::talk(const Child& child) {
  Time heard = now(), end_by = Time::max();
  for (;;) {
    pollfd wait[] = {{child.socket, POLLIN, 0}, {child.log, POLLIN, 0}, {wake_, POLLIN, 0}};
    {
      const std::lock_guard lock(mutex_);
      if (out_.waiting()) wait[0].events |= POLLOUT;
    }
    poll(wait, std::size(wait), static_cast<int>(kLook.count()));
    eventfd_t ignored;
    eventfd_read(wake_, &ignored);
    log_.take(child.log);
    const FrameReader::Got got = in_.read(child.socket);
    if (got == FrameReader::Got::something) heard = now();
    while (const auto text = in_.next())
      if (const auto json = parse_json(*text); const JsonValue* status = std::get_if<JsonValue>(&json)) take(*status);
    if (got == FrameReader::Got::end) return;

    const std::string levels = changed_levels();
    const std::lock_guard lock(mutex_);
    if (!levels.empty()) out_.add(levels);
    if (!out_.write(child.socket)) return;
    if (closing_ && end_by == Time::max()) end_by = now() + kTimeToEnd;
    killed_since_ = now() - heard > kSilence ? fmt::format("it has said nothing for {} s", kSilence.count() / 1000) : why_to_kill();
    if (killed_since_.empty() && !kill_ && now() < end_by) continue;
    kill(child.pid, SIGKILL);
    return;
  }
}

// What a process can be rid of, and a thread cannot: a call of the plugin that does not come back.
std::string Worker::why_to_kill() const {
  for (const auto& [number, task] : tasks_) {
    if (!task.stopped && now() > task.stop_by) return fmt::format("task {} has not stopped within {} s", task.index, kTimeToStop.count() / 1000);
    if (task.report.stuck) return fmt::format("task {} is {}", task.index, task.report.trace.empty() ? task.report.condition : task.report.trace);
  }
  return "";
}

void Worker::take(const JsonValue& status) {
  const std::lock_guard lock(mutex_);
  if (const std::string& id = text_of(status, "cluster_id"); !id.empty()) cluster_id_ = id;
  sandbox_ = text_of(status, "sandbox");
  resident_bytes_ = static_cast<uint64_t>(integer_of(status, "resident_bytes"));
  for (const auto& [number, said] : member(status, "tasks").items) {
    const auto found = tasks_.find(std::strtoull(number.c_str(), nullptr, 10));
    if (found == tasks_.end()) continue;
    Task& task = found->second;
    task.report = read_report(member(said, "report"));
    task.figures = read_figures(member(said, "figures"));
    for (const auto& [unused, topic] : member(said, "topics").items) task.topics.insert(topic.text);
    task.stopped = flag_of(said, "stopped");
  }
  const std::string alarm = memory_alarm();
  if (!alarm.empty() && !std::exchange(alarmed_, true)) connector_log().error("{}", alarm);
  end_if_idle();
  changed_.notify_all();
}

// What the host's own part holds is bounded by memory.max. What a process has beyond that and the usual, the plugin has.
std::string Worker::memory_alarm() const {
  if (gone_ || options_.memory_max == 0 || resident_bytes_ <= options_.memory_max) return "";
  return fmt::format("memory: the worker process {} has {} MiB in use, more than {} MiB, which is memory.max and what a process needs besides. "
                     "The plugin keeps what it should not, or memory.max is too small for its batches", pid_, resident_bytes_ >> 20,
                     options_.memory_max >> 20);
}

// A worker without tasks has nothing to live for. Decided together with the news, so that nobody sees the last task stopped before.
void Worker::end_if_idle() {
  if (closing_ || last_task_ == 0 || !std::ranges::all_of(tasks_, [](const auto& each) { return each.second.stopped; })) return;
  closing_ = true;
  JsonWriter json;
  out_.add(json.begin_object().text("do", "end").end_object().result());
}

void Worker::ended(std::string how) {
  const std::lock_guard lock(mutex_);
  if (!killed_since_.empty()) how = fmt::format("the worker process {} was killed by the host, since {}", pid_, killed_since_);
  for (const auto& [number, task] : tasks_)
    if (const std::string doing = options_.last_words(task.index); !doing.empty()) how += fmt::format("; task {} was {}", task.index, doing);
  if (!closing_ && !kill_) {
    how_ = how;
    ++*options_.deaths;
    connector_log().error("{}", how_);
  }
  gone_ = true;
  changed_.notify_all();
}

// REST may have changed the level of a logger since: the worker's follow.
std::string Worker::changed_levels() {
  JsonWriter json;
  json.begin_object().text("do", "levels").key("levels").begin_object();
  for (const LoggerState& logger : loggers()) {
    const auto level = spdlog::level::to_string_view(logger.level);
    json.text(logger.name, {level.data(), level.size()});
  }
  std::string text = json.end_object().end_object().result();
  return std::exchange(levels_, text) == text ? "" : text;
}

}  // namespace sluice
