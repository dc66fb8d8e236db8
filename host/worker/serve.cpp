#include "worker/serve.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <utility>

#include "base/json.h"
#include "base/loggers.h"
#include "worker/figures_json.h"
#include "base/json_read.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{50};
constexpr milliseconds kSpeak{500};

class Server {
 public:
  Server(int socket, FrameReader& in, const TaskMaker& make) : socket_(socket), in_(in), make_(make) {}

  void run() {
    while (!ends_) {
      pollfd wait{socket_, static_cast<short>(out_.waiting() ? POLLIN | POLLOUT : POLLIN), 0};
      poll(&wait, 1, static_cast<int>(kLook.count()));
      const bool host_is_there = in_.read(socket_) != FrameReader::Got::end;
      while (const auto text = in_.next())
        if (const auto json = parse_json(*text); const JsonValue* command = std::get_if<JsonValue>(&json)) obey(*command);
      // Crash-only: whoever is to go on with this work has no use for a farewell.
      if (!host_is_there || !out_.write(socket_)) _exit(1);
      tell();
    }
  }

 private:
  void obey(const JsonValue& command) {
    const std::string& what = text_of(command, "do");
    const auto number = static_cast<uint64_t>(integer_of(command, "task"));
    if (what == "start") {
      FlatConfig config;
      for (const auto& [key, value] : member(command, "config").items) config[key] = value.text;
      tasks_[number] = make_.start(config, static_cast<int>(integer_of(command, "index")), static_cast<int>(integer_of(command, "count")));
    } else if (what == "levels") {
      for (const auto& [name, level] : member(command, "levels").items) (void)set_log_level(name, spdlog::level::from_str(level.text));
    } else if (what == "answer") {
      out_.add(make_.answer(command));
    } else if (what == "end") {
      ends_ = true;
    } else if (const auto task = tasks_.find(number); task != tasks_.end()) {
      if (what == "pause") task->second->set_paused(flag_of(command, "paused"));
      if (what == "stop") task->second->request_stop(flag_of(command, "leave_group") ? StopMode::leave_group : StopMode::keep_membership);
      if (what == "forget") tasks_.erase(task);
    }
  }

  void tell() {
    if (tasks_.empty() || out_.waiting()) return;  // nothing to tell, or the host does not listen at the moment
    JsonWriter reports;
    reports.begin_object();
    for (const auto& [number, task] : tasks_) {
      write_report(reports.key(std::to_string(number)), task->report());
      reports.key(std::to_string(number) + "_stopped").boolean(task->stopped());
    }
    std::string now = reports.end_object().result();
    const auto time = std::chrono::steady_clock::now();
    if (now == told_ && time - told_at_ < kSpeak) return;
    told_ = std::move(now);
    told_at_ = time;

    JsonWriter json;
    json.begin_object().text("cluster_id", make_.kafka_cluster_id()).text("sandbox", make_.sandbox);
    json.key("resident_bytes").number(static_cast<int64_t>(make_.resident_bytes())).key("tasks").begin_object();
    for (const auto& [number, task] : tasks_) {
      json.key(std::to_string(number)).begin_object();
      const bool stopped = task->stopped();  // asked first: what is reported after it is final
      write_report(json.key("report"), task->report());
      write_figures(json.key("figures"), task->figures());
      json.key("topics").begin_array();
      for (const std::string& topic : task->take_topics()) json.text(topic);
      json.end_array().key("stopped").boolean(stopped).end_object();
    }
    out_.add(json.end_object().end_object().result());
  }

  const int socket_;
  FrameReader& in_;
  const TaskMaker& make_;
  FrameWriter out_;
  std::map<uint64_t, std::unique_ptr<RunningTask>> tasks_;
  std::string told_;
  std::chrono::steady_clock::time_point told_at_{};
  bool ends_ = false;
};

}  // namespace

std::string await_setup(int socket, FrameReader& in) {
  for (;;) {
    if (auto text = in.next()) return *text;
    pollfd wait{socket, POLLIN, 0};
    poll(&wait, 1, -1);
    if (in.read(socket) == FrameReader::Got::end) return "";
  }
}

void serve(int socket, FrameReader& in, const TaskMaker& tasks) { Server(socket, in, tasks).run(); }

}  // namespace sluice
