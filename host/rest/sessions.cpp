#include "rest/sessions.h"
#include <algorithm>
#include <array>
#include <stdexcept>
#include <fmt/format.h>
#include <openssl/rand.h>
#include "config/scalars.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

// A page that is open asks at least every five minutes, since its stream of events ends after that long.
constexpr auto kIdle = 1h, kLongest = 12h;
constexpr size_t kMostPerUser = 20;

std::string random_text() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("OpenSSL has no random numbers; try again");
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

// __Host-: a browser takes it over TLS only, for this host and the path / alone.
std::string cookie_name(const RestRequest& request) {
  std::string name = request.encrypted ? "__Host-sluice" : "sluice";
  const auto host = request.headers.find("host");
  if (host == request.headers.end()) return name;
  const size_t digits = host->second.find_last_not_of("0123456789") + 1;  // "[::1]:8083", "example.org"
  if (digits > 0 && digits < host->second.size() && host->second[digits - 1] == ':') name += "-" + host->second.substr(digits);
  return name;
}

std::string set_cookie(const std::string& value, std::chrono::seconds age, const RestRequest& request) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", cookie_name(request), value, age.count(),
                     request.encrypted ? "; Secure" : "");
}

}  // namespace

std::string Sessions::begin(const std::string& name, const Digest& proof, Time now) {
  make_room(name, now);
  const std::string id = random_text();
  sessions_[digest_of(id)] = {name, proof, random_text(), now + kLongest, now + kIdle};
  return id;
}

const Sessions::Session* Sessions::find(std::string_view id, Time now) {
  const auto found = sessions_.find(digest_of(id));
  if (found == sessions_.end()) return nullptr;
  if (std::min(found->second.ends, found->second.idle_until) <= now) {
    sessions_.erase(found);
    return nullptr;
  }
  found->second.idle_until = now + kIdle;
  return &found->second;
}

void Sessions::end(std::string_view id) { sessions_.erase(digest_of(id)); }

void Sessions::make_room(const std::string& name, Time now) {
  std::erase_if(sessions_, [now](const auto& entry) { return std::min(entry.second.ends, entry.second.idle_until) <= now; });
  size_t count = 0;
  auto oldest = sessions_.end();
  for (auto entry = sessions_.begin(); entry != sessions_.end(); ++entry) {
    if (entry->second.name != name) continue;
    ++count;
    if (oldest == sessions_.end() || entry->second.ends < oldest->second.ends) oldest = entry;
  }
  if (count >= kMostPerUser) sessions_.erase(oldest);
}

std::string session_of(const RestRequest& request) {
  const auto header = request.headers.find("cookie");
  if (header == request.headers.end()) return "";
  const std::string wanted = cookie_name(request) + "=";
  std::string_view rest = header->second;
  while (!rest.empty()) {
    const size_t end = rest.find(';');
    const std::string_view cookie = trim(rest.substr(0, end));
    if (cookie.starts_with(wanted)) return std::string(cookie.substr(wanted.size()));
    rest = end == rest.npos ? "" : rest.substr(end + 1);
  }
  return "";
}

std::string cookie_of(const std::string& id, const RestRequest& request) { return set_cookie(id, kLongest, request); }
std::string end_of_cookie(const RestRequest& request) { return set_cookie("", 0s, request); }

}  // namespace sluice
