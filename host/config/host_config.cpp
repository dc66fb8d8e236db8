#include "config/host_config.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>

#include "base/bounded_regex.h"
#include "config/client_properties.h"
#include "config/connector_settings.h"
#include "config/references.h"
#include "config/scalars.h"
#include "config/yaml_file.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKeys[] = {
    "kafka.bootstrap.servers", "plugin.path", "plugin.hosts", "connectors.dir", "state.dir", "rest.listen", "rest.hosts",
    "rest.tls.certificate", "rest.tls.key", "rest.tls.client.ca", "rest.auth.basic.file", "rest.auth.bearer.file", "rest.auth.clients",
    "rest.mask.secrets", "worker.id",
    "log.level", "log.format", "secrets.paths", "secrets.env.allow", "insecure"};
constexpr const char* kInsecure[] = {"rest", "plugin-folder", "kafka-tls", "postgres-tls"};

// Hands out the settings one by one with their references resolved, and files complaints under their lines.
class Reader {
 public:
  Reader(const YamlSettings& yaml, const fs::path& file, Problems& problems) : yaml_(yaml), file_(file), problems_(problems) {}

  std::optional<std::string> text(const std::string& key) {
    const auto found = yaml_.settings.find(key);
    if (found == yaml_.settings.end()) return {};
    auto resolved = references_.resolve(found->second);
    if (const auto* failure = std::get_if<References::Failure>(&resolved)) {
      complain(key, fmt::format("{}: {}", key, failure->message));
      return {};
    }
    std::string value = std::get<std::string>(std::move(resolved));
    if (is_utf8(value)) return value;
    complain(key, fmt::format("{}: the value is not UTF-8 text", key));
    return {};
  }

  std::string required(const std::string& key, const char* what) {
    if (!yaml_.settings.contains(key)) {
      complain(key, fmt::format("Missing required configuration \"{}\" which has no default value. Write {}.", key, what));
      return {};
    }
    const auto value = text(key);
    if (value && trim(*value).empty()) complain(key, fmt::format("{} is empty; write {}", key, what));
    return value ? std::string(trim(*value)) : std::string();
  }

  std::vector<std::string> list(const std::string& key) {
    const auto value = text(key);
    auto items = value ? split_list(*value) : std::vector<std::string>{};
    std::erase_if(items, [](const std::string& item) { return item.empty(); });
    return items;
  }

  std::string one_of(const std::string& key, std::initializer_list<const char*> words, std::string initial) {
    const auto value = text(key);
    if (!value) return initial;
    for (const char* word : words)
      if (trim(*value) == word) return word;
    invalid(key, fmt::format("String must be one of: {}", fmt::join(words, ", ")));
    return initial;
  }

  // Relative paths begin at the host file's folder, so that they mean the same wherever sluice is started.
  fs::path path(const std::string& text) const { return (file_.parent_path() / text).lexically_normal(); }

  // Of a file that has to be there; empty where the key is not.
  fs::path file(const std::string& key) {
    const auto value = text(key);
    if (!value) return {};
    if (!trim(*value).empty()) return path(std::string(trim(*value)));
    complain(key, fmt::format("{} is empty; write the path of a file, or remove the key", key));
    return {};
  }

  // Shows the value as it is written: what a reference gave stays out of messages.
  void invalid(const std::string& key, const std::string& reason) {
    complain(key, fmt::format("Invalid value {} for configuration {}: {}", shown(yaml_.settings.at(key)), key, reason));
  }
  void complain(const std::string& key, std::string message) {
    const auto line = yaml_.lines.find(key);
    problems_.push_back({key, std::move(message), file_.string(), line == yaml_.lines.end() ? 0 : line->second, false});
  }
  bool names(const std::string& key) const { return yaml_.settings.contains(key); }
  const FlatConfig& all() const { return yaml_.settings; }

 private:
  const YamlSettings& yaml_;
  const fs::path& file_;
  Problems& problems_;
  const References references_ = References::of_host_file();
};

// By number: a name may begin with 127. and lead anywhere.
bool is_loopback(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

void read_listen(Reader& reader, HostConfig& config) {
  const auto value = reader.text("rest.listen");
  if (!value) return;
  const std::string_view listen = trim(*value);
  const size_t colon = listen.rfind(':');
  const auto port = colon == listen.npos ? std::nullopt : parse_int(listen.substr(colon + 1));
  std::string_view host = listen.substr(0, colon == listen.npos ? 0 : colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  else if (host.find(':') != host.npos) host = {};  // an IPv6 address without its brackets
  if (host.empty() || !port || *port < 0 || *port > 65535)
    return reader.invalid("rest.listen", "write ADDRESS:PORT, such as 127.0.0.1:8083; port 0 takes any free one");
  config.rest_host = host;
  config.rest_port = static_cast<uint16_t>(*port);
  if (const std::string lacking = lacking_of_reachable(config); !lacking.empty() && !lifts(config, "rest"))
    reader.invalid("rest.listen", fmt::format("other machines could reach it, and it has {}; or write 127.0.0.1 as the address, or list rest "
                                              "under insecure if everybody in that network may read and control the connectors", lacking));
}

// Each part alone is a trap: a password in the clear, a login that is encrypted and asked of nobody.
void read_tls(Reader& reader, RestAccess& access) {
  access.certificate = reader.file("rest.tls.certificate");
  access.key = reader.file("rest.tls.key");
  access.client_ca = reader.file("rest.tls.client.ca");
  if (access.certificate.empty() != access.key.empty()) {
    const bool no_key = access.key.empty();
    reader.complain(no_key ? "rest.tls.certificate" : "rest.tls.key",
                    fmt::format("{} is set without {}; write both, as paths of PEM files", no_key ? "rest.tls.certificate" : "rest.tls.key",
                                no_key ? "rest.tls.key" : "rest.tls.certificate"));
  }
  if (!access.client_ca.empty() && access.certificate.empty())
    reader.complain("rest.tls.client.ca", "rest.tls.client.ca: client certificates need TLS; write rest.tls.certificate and rest.tls.key, too");
}

void read_login(Reader& reader, RestAccess& access) {
  access.basic_file = reader.file("rest.auth.basic.file");
  access.bearer_file = reader.file("rest.auth.bearer.file");
  for (const std::string& item : reader.list("rest.auth.clients")) {
    const size_t colon = item.find(':');
    const auto role = to_role(trim(std::string_view(item).substr(0, colon)));
    const std::string name = colon == item.npos ? "" : std::string(trim(std::string_view(item).substr(colon + 1)));
    if (!role || name.empty())
      reader.invalid("rest.auth.clients", fmt::format("\"{}\" has to be ROLE:NAME, with the role read or admin and a name in the client's certificate, such "
                                                      "as admin:ops-laptop", shown(item)));
    else if (!access.clients.try_emplace(name, *role).second)
      reader.invalid("rest.auth.clients", fmt::format("\"{}\" is listed twice; keep one role", shown(name)));
  }
  if (reader.names("rest.auth.clients") && access.client_ca.empty())
    reader.complain("rest.auth.clients", "rest.auth.clients: whose signature counts? Write the CA's certificate as rest.tls.client.ca");
  if (!access.client_ca.empty() && access.clients.empty() && !reader.names("rest.auth.clients"))
    reader.complain("rest.tls.client.ca", "rest.tls.client.ca: no client certificate has a role; list them in rest.auth.clients as ROLE:NAME");
}

void read_hosts(Reader& reader, RestAccess& access) {
  access.hosts = reader.list("rest.hosts");
  for (const std::string& host : access.hosts)
    if (host.find_first_of("/ *") != host.npos || (host.find(':') != host.npos && host.find(':') == host.rfind(':')))
      reader.invalid("rest.hosts", "write names without scheme and port, such as sluice.example.org");
}

void read_insecure(Reader& reader, HostConfig& config) {
  config.insecure = reader.list("insecure");
  const std::vector<std::string> known(std::begin(kInsecure), std::end(kInsecure));
  for (const std::string& entry : config.insecure)
    if (std::ranges::find(known, entry) == known.end())
      reader.invalid("insecure", fmt::format("\"{}\" is not known; known entries are {}", shown(entry), fmt::join(known, ", ")));
}

void read_secrets(Reader& reader, HostConfig& config) {
  for (const std::string& path : reader.list("secrets.paths")) {
    if (fs::path(path).is_absolute() && fs::path(path).lexically_normal() != "/") config.secrets_paths.push_back(reader.path(path));
    else reader.invalid("secrets.paths", "write the absolute path of a folder that holds only secrets");
  }
  if (const auto pattern = reader.text("secrets.env.allow")) {
    constexpr size_t kLongest = 1000;  // as it is read, each bracket is a call within the last one
    try {
      if (pattern->size() > kLongest || has_huge_number(*pattern)) throw std::regex_error(std::regex_constants::error_complexity);
      std::regex check(*pattern);
      config.secrets_env_allow = *pattern;
    } catch (const std::regex_error&) {
      reader.invalid("secrets.env.allow", "not a regular expression of at most 1000 bytes and without huge numbers; write one such as SLUICE_[A-Z0-9_]+");
    }
  }
  const auto mask = reader.text("rest.mask.secrets");
  const auto flag = mask ? parse_bool(*mask) : std::optional(false);
  if (!flag) reader.invalid("rest.mask.secrets", "Expected value to be either true or false");
  config.rest_access.mask_secrets = flag.value_or(false);
}

void read_kafka(Reader& reader, HostConfig& config) {
  config.kafka_bootstrap_servers = reader.required("kafka.bootstrap.servers", "the brokers as HOST:PORT, separated by commas");
  const bool tls_off = lifts(config, "kafka-tls");
  constexpr std::string_view kPrefix = "kafka.";
  for (const auto& [key, written] : reader.all()) {
    if (!key.starts_with(kPrefix) || key == "kafka.bootstrap.servers") continue;
    const auto value = reader.text(key);
    if (!value) continue;
    const std::string name = key.substr(kPrefix.size());
    if (name == "group.id" || name == "auto.offset.reset") {
      reader.complain(key, fmt::format("{} is refused: it belongs to one connector; write consumer.override.{} in its file", key, name));
      continue;
    }
    auto checked = check_client_property(name, *value, PropertyScope::host_file, tls_off);
    if (auto* property = std::get_if<ClientProperty>(&checked)) {
      config.kafka_properties[property->name] = std::move(property->value);
      continue;
    }
    const auto& refused = std::get<PropertyRefused>(checked);
    if (refused.bad_value) {
      reader.invalid(key, refused.reason);
      continue;
    }
    const std::string near = is_classified(name) ? "" : nearest_name(name, client_property_names(PropertyScope::host_file));
    reader.complain(key, near.empty() ? fmt::format("{} is refused: {}", key, refused.reason)
                                      : fmt::format("unknown setting \"{}\"; did you mean \"kafka.{}\"?", key, near));
  }
}

void refuse_unknown(Reader& reader) {
  std::vector<std::string> known(std::begin(kKeys), std::end(kKeys));
  for (const auto& [key, value] : reader.all()) {
    if (key.starts_with("kafka.") || std::ranges::find(known, key) != known.end()) continue;
    const std::string near = nearest_name(key, known);
    reader.complain(key, near.empty() ? fmt::format("unknown setting \"{}\"; the host file takes {} and kafka.*", shown(key), fmt::join(known, ", "))
                                      : fmt::format("unknown setting \"{}\"; did you mean \"{}\"?", shown(key), near));
  }
}

}  // namespace

std::string lacking_of_reachable(const HostConfig& config) {
  if (is_loopback(config.rest_host)) return "";
  const RestAccess& access = config.rest_access;
  std::vector<std::string> lacking;
  if (!access.with_tls()) lacking.push_back("no TLS (write rest.tls.certificate and rest.tls.key)");
  if (!access.with_login())
    lacking.push_back("no authentication (write rest.auth.basic.file, rest.auth.bearer.file, or rest.tls.client.ca and rest.auth.clients)");
  return fmt::format("{}", fmt::join(lacking, " and "));
}

bool lifts(const HostConfig& config, const char* refusal) { return std::ranges::find(config.insecure, refusal) != config.insecure.end(); }

PluginRules plugin_rules(const HostConfig& config) { return {config.insecure, config.plugin_hosts}; }

HostConfig load_host_config(const fs::path& file, Problems& problems) {
  HostConfig config;
  config.file = file;
  const auto yaml = read_yaml_file(file, problems);
  if (!yaml) return config;

  Reader reader(*yaml, file, problems);
  refuse_unknown(reader);
  read_insecure(reader, config);
  read_kafka(reader, config);
  read_tls(reader, config.rest_access);
  read_login(reader, config.rest_access);
  read_hosts(reader, config.rest_access);
  read_listen(reader, config);
  read_secrets(reader, config);

  for (const std::string& path : reader.list("plugin.path")) config.plugin_path.push_back(reader.path(path));
  if (config.plugin_path.empty() && !reader.names("plugin.path"))
    reader.required("plugin.path", "the folders that hold the plugins' .so files, as a list");
  else if (config.plugin_path.empty())
    reader.complain("plugin.path", "plugin.path is empty; list the folders that hold the plugins' .so files");
  if (reader.names("plugin.hosts")) config.plugin_hosts = reader.list("plugin.hosts");
  const std::string connectors = reader.required("connectors.dir", "the folder of the connectors' YAML files");
  if (!connectors.empty()) config.connectors_dir = reader.path(connectors);
  const auto state = reader.text("state.dir");
  config.state_dir = state && !trim(*state).empty() ? reader.path(std::string(trim(*state)))
                                                    : config.connectors_dir.parent_path() / "state";

  if (const auto worker = reader.text("worker.id")) config.worker_id = trim(*worker);
  if (config.worker_id.size() > 200 || std::ranges::any_of(config.worker_id, [](unsigned char c) { return c < 0x21 || c == 0x7F; }))
    reader.invalid("worker.id", "write at most 200 characters without blanks, such as HOST:PORT");
  config.log_level = reader.one_of("log.level", {"trace", "debug", "info", "warn", "error", "off"}, "info");
  config.log_format = reader.one_of("log.format", {"text", "json"}, "text") == "json" ? LogFormat::json : LogFormat::text;
  return config;
}

}  // namespace sluice
