#include "base/loggers.h"

#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "base/wall_clock.h"

namespace sluice {
namespace {

constexpr const char* kRoot = "root";
constexpr size_t kMost = 1000;  // made over REST; they stay until the process ends

// Root's sinks are set up after the first logger was made, and a test puts others in their place.
class ToRoot : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    for (const auto& output : spdlog::default_logger_raw()->sinks()) output->log(message);
  }
  void flush() override {
    for (const auto& output : spdlog::default_logger_raw()->sinks()) output->flush();
  }
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
};

bool is_below(const std::string& name, const std::string& above) {
  return above == kRoot || (name.size() > above.size() && name.starts_with(above) && name[above.size()] == '.');
}

class All {
 public:
  spdlog::logger& get(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return *make(name).logger;
  }

  spdlog::logger& find_or_root(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = named_.find(name);
    return found == named_.end() ? *spdlog::default_logger_raw() : *found->second.logger;
  }

  std::vector<LoggerState> states() {
    const std::lock_guard lock(mutex_);
    std::vector<LoggerState> states{state(kRoot, root_)};
    for (const auto& [name, named] : named_) states.push_back(state(name, named));
    std::ranges::sort(states, {}, &LoggerState::name);
    return states;
  }

  std::optional<LoggerState> find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (name == kRoot) return state(name, root_);
    const auto found = named_.find(name);
    return found == named_.end() ? std::nullopt : std::optional(state(name, found->second));
  }

  std::optional<std::vector<std::string>> set(const std::string& name, spdlog::level::level_enum level) {
    const std::lock_guard lock(mutex_);
    if (name != kRoot && !named_.contains(name) && named_.size() >= kMost) return std::nullopt;
    if (name != kRoot) make(name);
    std::vector<std::string> changed;
    if (name == kRoot) set(kRoot, root_, level, changed);
    for (auto& [below, named] : named_)
      if (below == name || is_below(below, name)) set(below, named, level, changed);
    std::ranges::sort(changed);
    return changed;
  }

 private:
  struct Named {
    std::shared_ptr<spdlog::logger> logger;  // null: root, which is spdlog's default logger
    std::optional<int64_t> last_modified_ms;
  };

  static spdlog::logger& logger_of(const Named& named) { return named.logger ? *named.logger : *spdlog::default_logger_raw(); }
  static LoggerState state(const std::string& name, const Named& named) {
    return {name, logger_of(named).level(), named.last_modified_ms};
  }

  static void set(const std::string& name, Named& named, spdlog::level::level_enum level, std::vector<std::string>& changed) {
    if (logger_of(named).level() == level) return;
    logger_of(named).set_level(level);
    named.last_modified_ms = wall_ms();
    changed.push_back(name);
  }

  Named& make(const std::string& name) {
    Named& named = named_[name];
    if (named.logger) return named;
    named.logger = std::make_shared<spdlog::logger>(name, std::make_shared<ToRoot>());
    spdlog::initialize_logger(named.logger);  // spdlog::set_level() reaches it
    // The level of the nearest above it.
    spdlog::level::level_enum level = spdlog::default_logger_raw()->level();
    for (const auto& [above, other] : named_)  // sorted: the longest name that it begins with comes last
      if (is_below(name, above)) level = other.logger->level();
    named.logger->set_level(level);
    named.logger->flush_on(spdlog::level::trace);
    return named;
  }

  std::mutex mutex_;
  Named root_;
  std::map<std::string, Named> named_;
};

All& all() {
  static All* const kAll = new All;  // never destroyed: threads may log until the process is gone
  return *kAll;
}

}  // namespace

spdlog::logger& connector_log() {
  static spdlog::logger& logger = all().get("sluice.connector");
  return logger;
}

spdlog::logger& kafka_log() {
  static spdlog::logger& logger = all().get("sluice.kafka");
  return logger;
}

spdlog::logger& plugin_log() {
  static spdlog::logger& logger = all().get("sluice.plugin");
  return logger;
}

spdlog::logger& rest_log() {
  static spdlog::logger& logger = all().get("sluice.rest");
  return logger;
}

spdlog::logger& task_log() {
  static spdlog::logger& logger = all().get("sluice.task");
  return logger;
}

spdlog::logger& logger_for(const std::string& name) { return all().find_or_root(name); }

std::vector<LoggerState> loggers() { return all().states(); }
std::optional<LoggerState> find_logger(const std::string& name) { return all().find(name); }
std::optional<std::vector<std::string>> set_log_level(const std::string& name, spdlog::level::level_enum level) { return all().set(name, level); }

}  // namespace sluice
