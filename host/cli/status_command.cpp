#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/json_read.h"
#include "base/log.h"
#include "cli/remote_commands.h"

namespace sluice {
namespace {

constexpr std::chrono::seconds kEvery{1};

double number(const JsonValue* value) { return value && value->kind == JsonValue::Kind::number ? std::strtod(value->text.c_str(), nullptr) : NAN; }

// 1234567 as 1,234,567; what is no number as "-".
std::string whole(double value) {
  if (!std::isfinite(value)) return "-";
  std::string text = fmt::format("{:.0f}", value);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string seconds(double value) {
  if (!std::isfinite(value)) return "-";
  return value < 1 ? fmt::format("{:.0f} ms", value * 1000) : fmt::format("{:.1f} s", value);
}

std::string bytes(double value) { return std::isfinite(value) ? fmt::format("{:.1f} MB", value / (1 << 20)) : "-"; }

// The whole way where the sink tells it, else what of it the host sees.
double latency(const JsonValue& now) {
  const JsonValue& legs = member(now, "latency_s");
  const double whole_way = number(legs.find("source_to_durable"));
  return std::isfinite(whole_way) ? whole_way : number(legs.find("sluice_to_durable"));
}

std::string first_line(const std::string& text) { return printable(text.substr(0, text.find('\n'))); }

std::vector<std::string> row_of(const JsonValue& connector) {
  const JsonValue &now = member(connector, "now"), &tasks = member(connector, "tasks");
  size_t running = 0;
  for (const auto& [unused, task] : tasks.items) running += member(task, "state").text == "RUNNING";
  const std::string& condition = member(connector, "condition").text;
  return {printable(member(connector, "name").text), member(connector, "state").text, fmt::format("{}/{}", running, tasks.items.size()),
          whole(number(now.find("records_per_s"))), whole(number(now.find("lag"))), seconds(latency(now)),
          whole(number(connector.find("dead_letters"))), first_line(condition.empty() ? member(connector, "trace").text : condition)};
}

// The first column and the last to the left, numbers to the right.
void print_table(const std::vector<std::vector<std::string>>& rows, std::ostream& out) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const bool left = i < 2 || i + 1 == row.size();
      line += left ? fmt::format("{:<{}}  ", row[i], widths[i]) : fmt::format("{:>{}}  ", row[i], widths[i]);
    }
    fmt::print(out, "{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

void print(const JsonValue& overview, std::ostream& out) {
  const JsonValue& worker = member(overview, "worker");
  fmt::print(out, "{}  sluice {}  {}\n", printable(member(worker, "id").text), printable(member(worker, "version").text),
             bytes(number(worker.find("resident_bytes"))));
  std::string lifted;
  for (const auto& [unused, refusal] : member(worker, "insecure").items) lifted += (lifted.empty() ? "" : ", ") + printable(refusal.text);
  if (!lifted.empty()) fmt::print(out, "insecure: {}\n", lifted);
  const JsonValue& connectors = member(overview, "connectors");
  if (connectors.items.empty()) {
    fmt::print(out, "no connectors\n");
    return;
  }
  std::vector<std::vector<std::string>> rows{{"CONNECTOR", "STATE", "TASKS", "RECORDS/S", "LAG", "LATENCY", "DEAD LETTERS", "CONDITION"}};
  for (const auto& [unused, connector] : connectors.items) rows.push_back(row_of(connector));
  print_table(rows, out);
}

bool all_well(const JsonValue& overview) {
  for (const auto& [unused, connector] : member(overview, "connectors").items) {
    if (member(connector, "state").text == "FAILED") return false;
    for (const auto& [unused_too, task] : member(connector, "tasks").items)
      if (member(task, "state").text == "FAILED") return false;
  }
  return true;
}

}  // namespace

int status_command(const Remote& remote, bool watch, bool json, std::ostream& out) {
  RestClient client(remote);
  for (;;) {
    const JsonValue overview = client.ask("GET", "/sluice/v1/overview");
    // A terminal shows one picture that moves; a file gets one after the other.
    if (watch && !json && isatty(STDOUT_FILENO)) fmt::print(out, "\x1b[H\x1b[2J");
    if (json) fmt::print(out, "{}\n", pretty_json(overview));
    else print(overview, out);
    out.flush();
    if (!watch) return all_well(overview) ? 0 : 1;
    std::this_thread::sleep_for(kEvery);
  }
}

}  // namespace sluice
