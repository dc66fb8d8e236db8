#include "rest/credentials.h"
#include <algorithm>
#include <crypt.h>
#include <functional>
#include <memory>
#include <optional>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include "config/scalars.h"
#include "rest/private_file.h"

namespace sluice {
namespace {

constexpr const char* kBasic = "rest.auth.basic.file";
constexpr const char* kBearer = "rest.auth.bearer.file";
constexpr const char* kMakeHash = "make it with mkpasswd -m yescrypt";
constexpr const char* kMakeToken = "make one with openssl rand -hex 32";

// Those of crypt(5) that take memory, so that a stolen file is not soon guessed: yescrypt, its GOST sibling, scrypt.
bool is_memory_hard(std::string_view hash) {
  return hash.starts_with("$y$") || hash.starts_with("$gy$") || hash.starts_with("$7$");
}

bool is_token(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~+/=").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// What 128 bits take: 32 hexadecimal digits, 22 characters of base64.
bool is_long_enough(std::string_view token) {
  const bool hexadecimal = token.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  return token.size() >= (hexadecimal ? 32 : 22);
}

using Refuse = std::function<void(const std::string&)>;

void add_user(std::string_view line, Credentials& credentials, const Refuse& refuse) {
  const size_t first = line.find(':'), second = first == line.npos ? line.npos : line.find(':', first + 1);
  if (second == line.npos || first == 0) return refuse(fmt::format("write USER:ROLE:HASH, with the role read or admin; {}", kMakeHash));
  const std::string_view name = line.substr(0, first);
  const auto role = to_role(line.substr(first + 1, second - first - 1));
  std::string hash(line.substr(second + 1));
  if (!role) return refuse(fmt::format("the role of user {} has to be read or admin", shown(name)));
  if (!is_memory_hard(hash)) return refuse(fmt::format("user {} has no yescrypt or scrypt hash ($y$... or $7$...); {}", shown(name), kMakeHash));
  if (crypt_checksalt(hash.c_str()) != CRYPT_SALT_OK || hash.size() < 40)
    return refuse(fmt::format("the hash of user {} is not complete; {}", shown(name), kMakeHash));
  if (!credentials.users.try_emplace(std::string(name), User{*role, std::move(hash)}).second)
    refuse(fmt::format("user {} is there twice; keep one of the lines", shown(name)));
}

void add_token(std::string_view line, int number, Credentials& credentials, const Refuse& refuse) {
  const size_t colon = line.find(':');
  const auto role = to_role(line.substr(0, colon));
  if (colon == line.npos || !role) return refuse(fmt::format("write ROLE:TOKEN, with the role read or admin; {}", kMakeToken));
  const std::string_view token = line.substr(colon + 1);
  if (!is_token(token)) return refuse(fmt::format("a token is made of letters, digits and -._~+/=; {}", kMakeToken));
  if (!is_long_enough(token)) return refuse(fmt::format("the token has less than 128 bits and could be guessed; {}", kMakeToken));
  const Digest digest = digest_of(token);
  for (const Token& other : credentials.tokens)
    if (equal(other.digest, digest)) return refuse("the token is there twice; keep one of the lines");
  credentials.tokens.push_back({*role, digest, fmt::format("the token of line {}", number)});
}

template <class Add>
void read_lines(const std::filesystem::path& file, const char* setting, const char* lacking, Problems& problems, Add&& add) {
  if (file.empty()) return;
  const auto text = read_private_file(file, setting, Secrecy::of_group, problems);
  if (!text) return;
  const size_t before = problems.size();
  int number = 0, found = 0;
  for (size_t begin = 0; begin < text->size(); ++number) {
    const size_t end = std::min(text->find('\n', begin), text->size());
    const std::string_view line = trim(std::string_view(*text).substr(begin, end - begin));
    begin = end + 1;
    if (line.empty() || line.starts_with('#')) continue;
    ++found;
    add(line, number + 1, [&](const std::string& reason) {
      problems.push_back({setting, fmt::format("{}: {}", setting, reason), file.string(), number + 1, false});
    });
  }
  if (found == 0 && problems.size() == before)
    problems.push_back({setting, fmt::format("{}: {}", setting, lacking), file.string(), 0, false});
}

}  // namespace

Digest digest_of(std::string_view text) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

bool equal(const Digest& a, const Digest& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

Credentials load_credentials(const RestAccess& access, Problems& problems) {
  Credentials credentials;
  read_lines(access.basic_file, kBasic, "the file names no user; add a line USER:ROLE:HASH", problems,
             [&](std::string_view line, int, const Refuse& refuse) { add_user(line, credentials, refuse); });
  read_lines(access.bearer_file, kBearer, "the file holds no token; add a line ROLE:TOKEN", problems,
             [&](std::string_view line, int number, const Refuse& refuse) { add_token(line, number, credentials, refuse); });
  return credentials;
}

bool password_fits(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();  // 32 KiB
  const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
  // A failure gives "*0", which no hash in the file looks like.
  return made && password.find('\0') == password.npos && hash.size() == std::char_traits<char>::length(made) &&
         CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
}

}  // namespace sluice
