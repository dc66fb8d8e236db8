#include "connector/supervisor.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
#include "connector/fleet.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

// Tasks do not call us, they are asked. A failure may be shown this much later; REST promises a second.
constexpr auto kLook = 100ms;
// While a task ends, something may wait for it: a new one of the same name, or the word STOPPED.
constexpr auto kLookAtEnding = 20ms;
// A file has to stand still for one look, so that a change is in force within two of them.
constexpr auto kLookAtFiles = 500ms;

// How long who wants to hold a stopped connector waits for its tasks.
constexpr auto kTasksEnd = 15s;

struct Published {
  ConnectorInfo info;
  ConnectorStatus status;
  std::set<std::string> topics;
};

}  // namespace

struct Supervisor::Impl {
  using Command = std::function<void(Fleet&)>;

  Impl(Backend& backend, std::filesystem::path connectors_dir, std::filesystem::path state_dir)
      : fleet(backend, clock, std::move(connectors_dir), std::move(state_dir)), thread([this](std::stop_token stop) { run(stop); }) {}

  // Runs `command` on the supervisor thread and returns its answer; the effect has been published by then.
  CommandResult ask(std::function<CommandResult(Fleet&)> command) {
    return on_its_thread<CommandResult>([&](Fleet& all) {
      CommandResult result = command(all);
      all.step();
      publish();
      return result;
    });
  }

  template <class Answer, class Do>
  Answer on_its_thread(Do&& command) {
    // Shared: the caller may be gone with its answer while set_value still runs over here.
    const auto answer = std::make_shared<std::promise<Answer>>();
    std::future<Answer> answered = answer->get_future();
    {
      const std::lock_guard lock(mutex);
      commands.push_back([answer, &command](Fleet& all) {
        try {
          answer->set_value(command(all));
        } catch (...) {
          answer->set_exception(std::current_exception());
        }
      });
    }
    wake.notify_one();
    return answered.get();
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) step(stop);
  }

  void step(const std::stop_token& stop) {
    Command command = next_command(stop);
    if (ready && clock.now() >= files_at) {
      files_at = clock.now() + kLookAtFiles;
      fleet.look_at_files();
    }
    if (command) command(fleet);
    // However often somebody asks, tasks are looked after.
    if (command && clock.now() < step_at) return;
    fleet.step();
    publish();
    step_at = clock.now() + kLook;
  }

  Command next_command(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    const auto ready_to_go = [&] { return !commands.empty(); };
    wake.wait_for(lock, stop, fleet.any_ending() ? kLookAtEnding : fleet.idle() ? kLookAtFiles : kLook, ready_to_go);
    if (commands.empty()) return nullptr;
    Command command = std::move(commands.front());
    commands.pop_front();
    return command;
  }

  void publish() {
    std::map<std::string, Published> now;
    for (const auto& [name, connector] : fleet.connectors()) now[name] = {connector.info(), connector.status(), connector.topics};
    const std::lock_guard lock(published_mutex);
    published.swap(now);
  }

  template <class Read>
  auto read(Read&& view) {
    const std::lock_guard lock(published_mutex);
    return view(published);
  }

  // Supervisor thread only, after construction.
  const SteadyClock clock;
  Fleet fleet;
  Clock::Time files_at{}, step_at{};

  std::mutex mutex;
  std::condition_variable_any wake;
  std::deque<Command> commands;  // guarded by mutex; bounded by the callers, each of which waits for its answer

  std::mutex published_mutex;
  std::map<std::string, Published> published;  // guarded by published_mutex
  std::atomic<bool> ready = false;

  std::jthread thread;  // last: ends before what it uses
};

Supervisor::Supervisor(Backend& backend, std::string worker_id, std::filesystem::path connectors_dir,
                       std::filesystem::path state_dir)
    : worker_id_(std::move(worker_id)), impl_(std::make_unique<Impl>(backend, std::move(connectors_dir), std::move(state_dir))) {}

Supervisor::~Supervisor() = default;

void Supervisor::read_files() {
  (void)impl_->ask([](Fleet& fleet) -> CommandResult {
    fleet.read_files();
    return {};
  });
  impl_->ready = true;
}

bool Supervisor::ready() const { return impl_->ready; }

std::vector<std::string> Supervisor::names() const {
  return impl_->read([](const auto& published) {
    std::vector<std::string> names;
    for (const auto& [name, what] : published) names.push_back(name);
    return names;
  });
}

std::optional<ConnectorInfo> Supervisor::info(const std::string& name) const {
  return impl_->read([&](const auto& published) -> std::optional<ConnectorInfo> {
    const auto found = published.find(name);
    return found == published.end() ? std::nullopt : std::optional(found->second.info);
  });
}

std::optional<ConnectorStatus> Supervisor::status(const std::string& name) const {
  return impl_->read([&](const auto& published) -> std::optional<ConnectorStatus> {
    const auto found = published.find(name);
    return found == published.end() ? std::nullopt : std::optional(found->second.status);
  });
}

std::vector<ConnectorFigures> Supervisor::figures() const {
  return impl_->on_its_thread<std::vector<ConnectorFigures>>([](const Fleet& fleet) {
    std::vector<ConnectorFigures> all;
    for (const auto& [name, connector] : fleet.connectors()) all.push_back(connector.figures());
    return all;
  });
}

std::set<std::string> Supervisor::topics(const std::string& name) const {
  return impl_->read([&](const auto& published) {
    const auto found = published.find(name);
    return found == published.end() ? std::set<std::string>{} : found->second.topics;
  });
}

CommandResult Supervisor::create(const std::string& name, const FlatConfig& config, TargetState initial) {
  return impl_->ask([&](Fleet& fleet) { return fleet.create(name, config, initial); });
}

CommandResult Supervisor::put_config(const std::string& name, const FlatConfig& config) {
  return impl_->ask([&](Fleet& fleet) { return fleet.put_config(name, config); });
}

CommandResult Supervisor::patch_config(const std::string& name, const ConfigPatch& patch) {
  return impl_->ask([&](Fleet& fleet) { return fleet.patch_config(name, patch); });
}

CommandResult Supervisor::remove(const std::string& name) {
  return impl_->ask([&](Fleet& fleet) { return fleet.remove(name); });
}

CommandResult Supervisor::set_target(const std::string& name, TargetState target) {
  return impl_->ask([&](Fleet& fleet) { return fleet.set_target(name, target); });
}

CommandResult Supervisor::restart(const std::string& name, bool include_tasks, bool only_failed) {
  return impl_->ask([&](Fleet& fleet) { return fleet.restart(name, include_tasks, only_failed); });
}

CommandResult Supervisor::restart_task(const std::string& name, int task) {
  return impl_->ask([&](Fleet& fleet) { return fleet.restart_task(name, task); });
}

CommandResult Supervisor::reset_topics(const std::string& name) {
  return impl_->ask([&](Fleet& fleet) { return fleet.reset_topics(name); });
}

CommandResult Supervisor::hold(const std::string& name) {
  const auto until = std::chrono::steady_clock::now() + kTasksEnd;
  for (;;) {
    CommandResult result = impl_->ask([&](Fleet& fleet) { return fleet.hold(name); });
    if (result.kind != CommandResult::Kind::not_yet || std::chrono::steady_clock::now() > until) return result;
    std::this_thread::sleep_for(kLook);
  }
}

void Supervisor::release(const std::string& name) {
  (void)impl_->ask([&](Fleet& fleet) -> CommandResult {
    fleet.release(name);
    return {};
  });
}

}  // namespace sluice
