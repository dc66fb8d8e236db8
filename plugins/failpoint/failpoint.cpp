#include "failpoint/failpoint.h"

#ifdef SLUICE_FAILPOINTS
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

namespace sluice::failpoint {
namespace {

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Takes the part before the next `at`, and that with it.
std::string_view take(std::string_view& text, char at) {
  const size_t end = std::min(text.find(at), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

struct Board {
  Board() : orders(read_orders(std::getenv("SLUICE_FAILPOINT") ? std::getenv("SLUICE_FAILPOINT") : "").list) {}
  const std::vector<Order> orders;
  std::array<std::atomic<uint64_t>, std::size(kPoints)> passes{};
};

// Not by the log: the process may be about to end, and a thread that is to be frozen may hold a lock of the log's.
void say(const Order& order, const char* what) {
  const std::string line = "failpoint " + std::string(kPoints[order.point].name) + ":" + std::to_string(order.pass) + ":" + what + "\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

// True: the step has to fail.
bool carry_out(const Order& order) {
  switch (order.action) {
    case Action::abort:
      say(order, "abort");
      kill(getpid(), SIGKILL);
      for (;;) pause();  // nothing more happens on this thread
    case Action::stop:
      say(order, "stop");
      raise(SIGSTOP);  // to this thread, which so does not get a step further, and with it to all others
      return false;
    case Action::error:
      say(order, "error");
      return true;
    case Action::sleep:
      say(order, "sleep");
      std::this_thread::sleep_for(std::chrono::milliseconds(order.sleep_ms));
      return false;
  }
  return false;
}

}  // namespace

Orders read_orders(std::string_view text) {
  Orders orders;
  while (!text.empty() && orders.unknown.empty() && orders.complaint.empty()) {
    const std::string whole(take(text, ','));
    std::string_view rest = whole;
    const std::string_view name = take(rest, ':'), nth = take(rest, ':'), action = take(rest, ':');
    Order order;
    while (order.point < std::size(kPoints) && kPoints[order.point].name != name) ++order.point;
    if (order.point == std::size(kPoints)) {
      orders.unknown = name;
      break;
    }
    const auto pass = whole_number(nth);
    const auto ms = action == "sleep" ? whole_number(rest) : std::optional<uint64_t>(0);
    if (action == "stop") order.action = Action::stop;
    if (action == "error") order.action = Action::error;
    if (action == "sleep") order.action = Action::sleep;
    const bool known = action == "abort" || order.action != Action::abort;
    if (!pass || *pass == 0 || !known || !ms || (action != "sleep" && !rest.empty()))
      orders.complaint = "\"" + whole + "\" is not of the form NAME:NTH:abort, :stop, :error or :sleep:MILLISECONDS, where NTH counts from 1";
    else if (order.action == Action::error && !kPoints[order.point].can_fail)
      orders.complaint = "the point " + std::string(name) + " has no step that could fail: it takes abort, stop and sleep";
    else
      orders.list.push_back({order.point, *pass, order.action, static_cast<unsigned>(*ms)});
  }
  return orders;
}

bool pass(size_t point) {
  static Board board;
  if (board.orders.empty()) return false;
  const uint64_t passed = ++board.passes[point];
  bool fails = false;
  for (const Order& order : board.orders)
    if (order.point == point && order.pass == passed) fails = carry_out(order) || fails;
  return fails;
}

}  // namespace sluice::failpoint
#endif
