#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/log_context.h"
#include "cli/remote_commands.h"

namespace sluice {
namespace {

constexpr std::chrono::seconds kEvery{1};

std::string text_of(const JsonValue& object, std::string_view name) {
  const JsonValue* found = object.find(name);
  return found ? found->text : "";
}

int64_t number_of(const JsonValue& object, std::string_view name) { return std::strtoll(text_of(object, name).c_str(), nullptr, 10); }

std::string time_of(int64_t ms) {
  const auto time = static_cast<std::time_t>(ms / 1000);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}", fmt::localtime(time), ms % 1000);
}

// As the host itself writes it.
void print(const JsonValue& line, std::ostream& out) {
  LogFields about;
  about.connector = text_of(line, "connector");
  if (line.find("task")) about.task = static_cast<int>(number_of(line, "task"));
  fmt::print(out, "{} {:<5} {}{}\n", time_of(number_of(line, "time_ms")), text_of(line, "level"), printable(about.prefix()),
             printable(text_of(line, "message"), std::string::npos));
}

}  // namespace

int logs_command(const Remote& remote, const WantedLogs& wanted, bool follow, bool json, std::ostream& out) {
  RestClient client(remote);
  std::string filter = "&level=" + wanted.level;
  if (!wanted.connector.empty()) filter += "&connector=" + RestClient::escaped(wanted.connector);
  size_t most = wanted.lines;
  bool seen = false, away = false;
  for (int64_t last = 0;;) {
    JsonValue answer;
    try {
      answer = client.ask("GET", fmt::format("/sluice/v1/logs?after={}&limit={}{}", last, most, filter));
      seen = true;
      away = false;
    } catch (const std::runtime_error& e) {
      // Whoever follows a host wants to see it come back.
      if (!follow || !seen) throw;
      if (!std::exchange(away, true)) fmt::print(stderr, "sluice: {}; it is asked again until it answers\n", e.what());
      last = 0;
      std::this_thread::sleep_for(kEvery);
      continue;
    }
    if (const JsonValue* lines = answer.find("lines"))
      for (const auto& [unused, line] : lines->items) {
        if (json) fmt::print(out, "{}\n", compact_json(line));
        else print(line, out);
      }
    out.flush();
    if (!follow) return 0;
    // A lower number than before: the host was started anew, and counts from the beginning.
    const int64_t now = number_of(answer, "last");
    if (now < last) last = 0;
    else last = now;
    most = 1000;
    std::this_thread::sleep_for(kEvery);
  }
}

}  // namespace sluice
