#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "base/log.h"
#include "cli/remote_commands.h"
#include "config/connector_file.h"

namespace sluice {
namespace {

// What a sluice's answer has; that of another program may lack it.
const JsonValue& member(const JsonValue& object, const char* name) {
  if (const JsonValue* found = object.find(name)) return *found;
  throw std::runtime_error(fmt::format("the answer has no {}: is that a sluice?", name));
}

std::string path_of(const std::string& connector, const char* rest = "") { return "/connectors/" + RestClient::escaped(connector) + rest; }

void write_partition(JsonWriter& json, const JsonValue& partition, const std::string& to) {
  const bool is_word = to == "earliest" || to == "latest";
  const bool is_number = !to.empty() && std::ranges::all_of(to, [](char c) { return c >= '0' && c <= '9'; });
  json.begin_object().key("partition").begin_object().text("kafka_topic", member(partition, "kafka_topic").text);
  json.key("kafka_partition").number(std::stoll(member(partition, "kafka_partition").text)).end_object().key("offset");
  if (is_word) {
    json.text(to);
  } else {
    json.begin_object().key("timestamp");
    if (is_number) json.number(std::stoll(to));
    else json.text(to);
    json.end_object();
  }
  json.end_object();
}

void print_done(const std::string& connector, std::string_view action, std::string_view result, std::ostream& out) {
  JsonWriter json;
  json.begin_object().text("connector", connector).text("action", action).text("result", result).end_object();
  fmt::print(out, "{}\n", json.result());
}

}  // namespace

int change_connector_command(const Remote& remote, const std::string& what, const std::string& connector, bool json, std::ostream& out) {
  RestClient client(remote);
  if (what == "delete") client.ask("DELETE", path_of(connector));
  else if (what == "restart") client.ask("POST", path_of(connector, "/restart?includeTasks=true"));
  else client.ask("PUT", path_of(connector, ("/" + what).c_str()));
  if (json) print_done(connector, what, "accepted", out);
  else fmt::print(out, "{}: {} is under way; sluice status shows how it is\n", printable(connector), what);
  return 0;
}

int create_connector_command(const Remote& remote, const std::string& file, bool json, std::ostream& out, std::ostream& err) {
  Problems problems;
  const ConnectorFile read = load_connector_file(file, problems);
  for (const Problem& problem : problems) fmt::print(err, "{}\n", describe(problem));
  if (any_error(problems)) return 1;
  const std::string& name = read.settings.at("name");
  JsonWriter body;
  body.begin_object().text("name", name).key("config").begin_object();
  for (const auto& [key, value] : read.settings) body.text(key, value);
  body.end_object().end_object();
  RestClient(remote).ask("POST", "/connectors", body.result());
  if (json) print_done(name, "create", "done", out);
  else fmt::print(out, "{}: created\n", printable(name));
  return 0;
}

int offsets_command(const Remote& remote, const std::string& connector, const std::string& to, bool json, std::ostream& out) {
  RestClient client(remote);
  JsonValue answer = client.ask("GET", path_of(connector, "/offsets"));
  const JsonValue* offsets = &member(answer, "offsets");
  if (!to.empty()) {
    if (offsets->items.empty()) throw std::runtime_error(fmt::format("{} has no offsets yet: there is nothing to set", printable(connector)));
    JsonWriter body;
    body.begin_object().key("offsets").begin_array();
    for (const auto& [unused, offset] : offsets->items) write_partition(body, member(offset, "partition"), to);
    body.end_array().end_object();
    client.ask("PATCH", path_of(connector, "/offsets"), body.result());
    answer = client.ask("GET", path_of(connector, "/offsets"));
    offsets = &member(answer, "offsets");
  }
  if (json) {
    fmt::print(out, "{}\n", pretty_json(answer));
    return 0;
  }
  for (const auto& [unused, offset] : offsets->items) {
    const JsonValue &partition = member(offset, "partition"), &at = member(offset, "offset");
    fmt::print(out, "{}-{}  {}\n", printable(member(partition, "kafka_topic").text), member(partition, "kafka_partition").text, member(at, "kafka_offset").text);
  }
  return 0;
}

std::vector<std::string> connector_names(const Remote& remote) {
  constexpr Patience kWhileTyping{.connect_seconds = 1, .answer_seconds = 2};
  std::vector<std::string> names;
  for (const auto& [unused, name] : RestClient(remote, kWhileTyping).ask("GET", "/connectors").items) names.push_back(name.text);
  return names;
}

}  // namespace sluice
