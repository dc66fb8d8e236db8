#include "worker/setup.h"

#include "base/json_read.h"

namespace sluice {
namespace {

void write_list(JsonWriter& json, const char* name, const std::vector<std::filesystem::path>& paths) {
  json.key(name).begin_array();
  for (const auto& path : paths) json.text(path.string());
  json.end_array();
}

}  // namespace

std::string to_json(const WorkerSetup& setup) {
  const HostConfig& host = setup.host;
  JsonWriter json;
  json.begin_object().text("plugin_file", setup.plugin_file.string()).text("bootstrap", host.kafka_bootstrap_servers);
  json.key("kafka").begin_object();
  for (const auto& [name, value] : host.kafka_properties) json.text(name, value);
  json.end_object();
  write_list(json, "secrets_paths", host.secrets_paths);
  write_list(json, "closed", setup.closed);
  json.key("insecure").begin_array();
  for (const std::string& entry : host.insecure) json.text(entry);
  json.end_array();
  if (host.plugin_hosts) {
    json.key("plugin_hosts").begin_array();
    for (const std::string& allowed : *host.plugin_hosts) json.text(allowed);
    json.end_array();
  }
  json.text("secrets_env_allow", host.secrets_env_allow).text("state_dir", host.state_dir.string()).text("worker_id", host.worker_id);
  json.text("log_level", host.log_level).text("connector", setup.connector).key("tasks").number(setup.tasks);
  return json.end_object().result();
}

WorkerSetup read_setup(const JsonValue& json) {
  WorkerSetup setup;
  setup.plugin_file = text_of(json, "plugin_file");
  setup.connector = text_of(json, "connector");
  setup.tasks = static_cast<int>(integer_of(json, "tasks"));
  setup.host.kafka_bootstrap_servers = text_of(json, "bootstrap");
  for (const auto& [name, value] : member(json, "kafka").items) setup.host.kafka_properties[name] = value.text;
  for (const auto& [unused, path] : member(json, "secrets_paths").items) setup.host.secrets_paths.emplace_back(path.text);
  for (const auto& [unused, path] : member(json, "closed").items) setup.closed.emplace_back(path.text);
  for (const auto& [unused, entry] : member(json, "insecure").items) setup.host.insecure.push_back(entry.text);
  if (const JsonValue* hosts = json.find("plugin_hosts")) {
    setup.host.plugin_hosts.emplace();
    for (const auto& [unused, allowed] : hosts->items) setup.host.plugin_hosts->push_back(allowed.text);
  }
  setup.host.secrets_env_allow = text_of(json, "secrets_env_allow");
  setup.host.state_dir = text_of(json, "state_dir");
  setup.host.worker_id = text_of(json, "worker_id");
  setup.host.log_level = text_of(json, "log_level");
  return setup;
}

}  // namespace sluice
