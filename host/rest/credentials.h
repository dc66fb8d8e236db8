// Who may log in, from the files of rest.auth.*: read, checked, and compared without telling by time how much was right.
#pragma once
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include "config/problem.h"
#include "config/rest_access.h"

namespace sluice {

using Digest = std::array<unsigned char, 32>;
Digest digest_of(std::string_view text);               // SHA-256
bool equal(const Digest& a, const Digest& b);          // in constant time

struct User {
  Role role;
  std::string hash;  // as crypt(5) writes it
};

struct Token {
  Role role;
  Digest digest;
  std::string name;  // for logs: where it stands
};

struct Credentials {
  std::map<std::string, User, std::less<>> users;
  std::vector<Token> tokens;
};

// Lines "user:role:hash" of rest.auth.basic.file and "role:token" of rest.auth.bearer.file; blank lines and those that begin
// with # are skipped. Usable only without errors.
Credentials load_credentials(const RestAccess& access, Problems& problems);

// Takes some 20 ms and 16 MiB, which is the point of it. Any thread.
bool password_fits(const std::string& password, const std::string& hash);

}  // namespace sluice
