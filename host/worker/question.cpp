#include "worker/question.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <thread>

#include "worker/child.h"
#include "worker/frames.h"
#include "worker/log_relay.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

std::optional<std::string> hear(const Child& child, LogRelay& log, FrameWriter& out, Time until) {
  FrameReader in;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !out.write(child.socket)) return std::nullopt;
    pollfd wait[] = {{child.socket, static_cast<short>(out.waiting() ? POLLIN | POLLOUT : POLLIN), 0}, {child.log, POLLIN, 0}};
    poll(wait, std::size(wait), static_cast<int>(left.count()));
    log.take(child.log);
    const bool ended = in.read(child.socket) == FrameReader::Got::end;
    if (auto answer = in.next()) return answer;
    if (ended) return std::nullopt;
  }
}

}  // namespace

JsonValue ask_in_child(const std::string& connector, const Worker::Options& options, const std::string& question, milliseconds limit) {
  const Time until = std::chrono::steady_clock::now() + limit;
  const Child child = start_child(connector);
  LogRelay log(connector);
  FrameWriter out;
  out.add(options.setup);
  out.add(question);
  const std::optional<std::string> answer = hear(child, log, out, until);
  const bool late = std::chrono::steady_clock::now() >= until;
  close(child.socket);  // what ends a child that has answered
  std::string how;
  for (const Time patience = std::chrono::steady_clock::now() + milliseconds(1000); (how = how_it_ended(child.pid)).empty();) {
    if (late || std::chrono::steady_clock::now() > patience) kill(child.pid, SIGKILL);
    std::this_thread::sleep_for(milliseconds(2));
  }
  log.take(child.log);
  log.end();
  close(child.log);
  if (late) throw std::runtime_error(fmt::format("its plugin, in a process of its own, has not answered within {} s", limit.count() / 1000));
  const auto json = answer ? parse_json(*answer) : std::variant<JsonValue, JsonError>(JsonError{});
  if (const JsonValue* said = std::get_if<JsonValue>(&json)) return *said;
  throw std::runtime_error(fmt::format("its plugin was asked in a process of its own, which {} before it answered; the log says where", how));
}

}  // namespace sluice
