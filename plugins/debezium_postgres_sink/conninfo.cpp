#include "debezium_postgres_sink/conninfo.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <strings.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace sluice::debezium {
namespace {

using Options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

// A list of what may stand there, since each release of libpq brings more that reads files or calls other servers (18: oauth_*).
constexpr std::string_view kAllowed[] = {
    "host", "hostaddr", "port", "dbname", "user", "options", "application_name", "fallback_application_name", "client_encoding",
    "connect_timeout", "tcp_user_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "target_session_attrs", "load_balance_hosts", "channel_binding", "require_auth", "requirepeer", "krbsrvname", "gssencmode",
    "sslmode", "sslnegotiation", "sslcompression", "sslcert", "sslkey", "sslcertmode", "sslrootcert", "sslcrl", "sslcrldir", "sslsni",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "min_protocol_version", "max_protocol_version"};

constexpr struct { std::string_view keyword, why; } kRefused[] = {
    {"password", "holds a password, where it could be shown; take it out and write connection.password: ${env:SLUICE_WAREHOUSE_PASSWORD}"},
    {"sslpassword", "holds the password of a key, where it could be shown; use a key without a password, which only sluice may read"},
    {"passfile", "names a file of passwords; write connection.password: ${dir:FOLDER:FILE} instead"},
    {"service", "names a service, whose server stands in a file that nobody sees here; write host, port, dbname and user"},
    {"gsslib", "chooses a library of Kerberos, which means something on Windows only; take it out"},
    {"replication", "asks for replication, and a sink writes rows; take it out"},
};

Parameters to_map(const PQconninfoOption* at) {
  Parameters map;
  for (; at && at->keyword; ++at)
    if (at->val) map.emplace(at->keyword, at->val);
  return map;
}

std::string value_of(const Parameters& parameters, const char* keyword) {
  const auto found = parameters.find(keyword);
  return found == parameters.end() ? "" : found->second;
}

struct Server {
  std::string host, address;  // the name whose certificate counts; the address that is called, where it is given
  const std::string& called() const { return address.empty() ? host : address; }
};

std::vector<Server> servers_of(const Parameters& used) {
  const auto hosts = split_at_commas(value_of(used, "host")), addresses = split_at_commas(value_of(used, "hostaddr"));
  std::vector<Server> servers(std::max(hosts.size(), addresses.size()));
  for (size_t i = 0; i < servers.size(); ++i) servers[i] = {i < hosts.size() ? hosts[i] : "", i < addresses.size() ? addresses[i] : ""};
  return servers;
}

// A socket of this machine, or an address that does not leave it. By number: a name may begin with 127. and lead anywhere.
bool is_local(const std::string& called) {
  if (called.empty() || called.starts_with('/') || called.starts_with('@')) return true;
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, called.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  if (inet_pton(AF_INET6, called.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return strcasecmp(called.c_str(), "localhost") == 0;
}

bool is_listed(const std::string& called, const std::vector<std::string>& only) {
  return std::ranges::any_of(only, [&](const std::string& listed) { return strcasecmp(listed.c_str(), called.c_str()) == 0; });
}

// Whether the connection is made only to a server whose certificate bears its name.
std::string unverified(const Parameters& used) {
  const std::string mode = value_of(used, "sslmode"), gss = value_of(used, "gssencmode");
  if (mode != "verify-full")
    return "with sslmode=" + (mode.empty() ? "prefer" : mode) + " nobody checks that its certificate is signed and bears its name; write "
           "sslmode=verify-full and sslrootcert=FILE, the certificate of who signed it";
  // Kerberos would take TLS's place, whatever sslmode says.
  if (gss != "disable") return "with gssencmode=" + (gss.empty() ? "prefer" : gss) + " its certificate may go unchecked; write gssencmode=disable";
  return {};
}

}  // namespace

std::vector<std::string> split_at_commas(std::string_view list) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= list.size();) {
    const size_t comma = std::min(list.find(',', from), list.size());
    parts.emplace_back(list.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

Parameters read_conninfo(const std::string& url) {
  char* problem = nullptr;
  const Options parsed(PQconninfoParse(url.c_str(), &problem), PQconninfoFree);
  if (parsed) return to_map(parsed.get());
  std::string why = problem ? problem : "it cannot be read";
  PQfreemem(problem);
  while (!why.empty() && why.back() == '\n') why.pop_back();
  throw std::invalid_argument(why);
}

Parameters with_defaults(Parameters of_url) {
  // Ours, before libpq's; the URL may say otherwise.
  of_url.emplace("gssencmode", kGssEncryption);
  const Options defaults(PQconndefaults(), PQconninfoFree);
  Parameters used = std::move(of_url);
  used.merge(to_map(defaults.get()));
  return used;
}

Parameters parameters_of(PGconn* connection) {
  const Options used(PQconninfo(connection), PQconninfoFree);
  return to_map(used.get());
}

std::vector<std::string> refused_parameters(const Parameters& of_url) {
  std::vector<std::string> refused;
  for (const auto& [keyword, value] : of_url) {
    const auto* known = std::ranges::find(kRefused, std::string_view(keyword), [](const auto& row) { return row.keyword; });
    if (known != std::end(kRefused)) refused.push_back("connection.url " + std::string(known->why));
    else if (std::ranges::find(kAllowed, keyword) == std::end(kAllowed))
      refused.push_back("connection.url: its parameter " + keyword + " is not among those that may be set; take it out");
  }
  return refused;
}

std::string refused_servers(const Parameters& used, const ServerRules& rules) {
  const std::string unverified_by = unverified(used);
  for (const Server& server : servers_of(used)) {
    const std::string& called = server.called();
    if (rules.only && !is_listed(called, *rules.only))
      return "connection.url: " + (called.empty() ? "the socket of this machine" : called) + " is not among plugin.hosts of the host file; correct the URL, "
             "or have it listed there";
    if (!rules.any_certificate && !unverified_by.empty() && !is_local(called))
      return "connection.url: " + called + " is another machine, and " + unverified_by +
             "; or list postgres-tls under insecure in the host file, if nobody between here and there can listen or answer instead";
  }
  return {};
}

std::string bad_authority(const Parameters& used) {
  const std::string file = value_of(used, "sslrootcert");
  if (file.empty() || file == "system") return {};
  ERR_clear_error();
  const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> store(X509_STORE_new(), X509_STORE_free);
  if (store && X509_STORE_load_file(store.get(), file.c_str()) == 1) return {};
  const unsigned long first = ERR_peek_error(), last = ERR_peek_last_error();
  const char* reason = ERR_SYSTEM_ERROR(first) ? std::strerror(ERR_GET_REASON(first)) : ERR_reason_error_string(last);
  const std::string told = reason ? reason : "no reason given";
  ERR_clear_error();
  return "connection.url: sslrootcert=" + file + " is no file with certificates in PEM form (" + told + "); correct the path, or the file";
}

}  // namespace sluice::debezium
