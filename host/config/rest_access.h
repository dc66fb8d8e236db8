// Who may use the REST listener, as the host file says it: rest.tls.*, rest.auth.*, rest.hosts, rest.mask.secrets. Plain values.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

enum class Role { read, admin };  // read: GET, HEAD and OPTIONS, and literal secrets as ***

inline std::optional<Role> to_role(std::string_view text) {
  if (text == "read") return Role::read;
  if (text == "admin") return Role::admin;
  return std::nullopt;
}

struct RestAccess {
  std::filesystem::path certificate, key;     // rest.tls.certificate, rest.tls.key: both or neither
  std::filesystem::path client_ca;            // rest.tls.client.ca: who may have signed a client's certificate
  std::filesystem::path basic_file;           // rest.auth.basic.file
  std::filesystem::path bearer_file;          // rest.auth.bearer.file
  std::map<std::string, Role> clients;        // rest.auth.clients: a name in a client's certificate -> role
  std::vector<std::string> hosts;             // rest.hosts: names that a Host header may have, beside those that sluice knows
  bool mask_secrets = false;                  // rest.mask.secrets: literal secrets are *** to the admin role, too

  bool with_tls() const { return !certificate.empty(); }
  bool with_login() const { return !basic_file.empty() || !bearer_file.empty() || !clients.empty(); }
};

}  // namespace sluice
