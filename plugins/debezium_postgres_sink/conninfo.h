// What connection.url means to libpq, and what of it is refused: parameters that read files or hold secrets, servers that nobody
// vouches for, servers that the host file does not list. Any thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;  // libpq's PGconn, which what is pure need not know

namespace sluice::debezium {

constexpr const char* kGssEncryption = "disable";  // as long as the URL does not ask for it: Kerberos would take TLS's place

using Parameters = std::map<std::string, std::string>;  // libpq's keywords; those that are not set are absent

// What the URL itself says. Throws std::invalid_argument with libpq's reason where it is none.
Parameters read_conninfo(const std::string& url);
// What libpq will use: what the URL leaves open comes from PG* variables, a service file and libpq's own defaults.
Parameters with_defaults(Parameters of_url);
// The same of a connection that has begun: libpq's last word.
Parameters parameters_of(pg_conn* connection);

// One sentence for each parameter that a URL may not hold.
std::vector<std::string> refused_parameters(const Parameters& of_url);

// What the host file says of servers.
struct ServerRules {
  bool any_certificate = false;                          // its `insecure` lists postgres-tls
  std::optional<std::vector<std::string>> only;          // its plugin.hosts; nothing: any
};
// Why the parameters lead to a server that could be anybody or is not listed; empty where they do not.
std::string refused_servers(const Parameters& used, const ServerRules& rules);

// Why sslrootcert cannot vouch for anybody: no such file, no certificate in it; empty where it can, or is libpq's to find.
std::string bad_authority(const Parameters& used);

std::vector<std::string> split_at_commas(std::string_view list);  // of hosts, addresses, ports; "" is one empty part

}  // namespace sluice::debezium
