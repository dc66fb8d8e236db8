// The host file, configs/sluice.yaml, as a plain struct. Loaded once at start; any thread may read it.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "base/log.h"
#include "config/plugin_rules.h"
#include "config/problem.h"
#include "config/rest_access.h"

namespace sluice {

struct HostConfig {
  std::filesystem::path file;                          // where it came from
  std::string kafka_bootstrap_servers;                 // kafka.bootstrap.servers
  std::map<std::string, std::string> kafka_properties; // other kafka.* keys, without the prefix, allow-list checked
  std::optional<std::vector<std::string>> plugin_hosts;   // plugin.hosts: the servers that plugins may connect to; nothing: any
  std::vector<std::filesystem::path> plugin_path;      // relative ones are resolved against the host file's folder
  std::filesystem::path connectors_dir;
  std::filesystem::path state_dir;
  std::string rest_host = "127.0.0.1";                 // rest.listen
  uint16_t rest_port = 8083;                           // 0: any free port
  RestAccess rest_access;                              // rest.tls.*, rest.auth.*, rest.hosts, rest.mask.secrets
  std::string worker_id;                               // empty: <host name>:<real REST port>, set when REST listens
  std::string log_level = "info";
  LogFormat log_format = LogFormat::text;
  std::vector<std::filesystem::path> secrets_paths;    // secrets.paths
  std::string secrets_env_allow = "SLUICE_[A-Z0-9_]+"; // secrets.env.allow, a regular expression
  std::vector<std::string> insecure;
};

// Reads and checks the host file. Problems carry file and line; the struct is usable only without errors.
HostConfig load_host_config(const std::filesystem::path& file, Problems& problems);

PluginRules plugin_rules(const HostConfig& config);
bool lifts(const HostConfig& config, const char* refusal);  // whether `insecure` lists it

// Of a listener that other machines can reach: what it lacks, TLS or a login, and which keys give it; empty where nothing.
std::string lacking_of_reachable(const HostConfig& config);

}  // namespace sluice
