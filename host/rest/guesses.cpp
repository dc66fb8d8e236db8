#include "rest/guesses.h"
#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <openssl/rand.h>
#include "rest/credentials.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr int kFree = 5;                // people mistype
constexpr auto kFirst = 1000ms, kLongest = 60000ms;
constexpr auto kForgotten = 10min;
constexpr size_t kEntries = 1024;
constexpr uint64_t kSlots = 64;         // of one address

std::string random_salt() {
  std::string salt(16, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size()));
  return salt;
}

std::string network_of(const std::string& address) {
  in6_addr v6{};
  if (inet_pton(AF_INET6, address.c_str(), &v6) != 1) return address;
  return std::string(reinterpret_cast<const char*>(v6.s6_addr), 8);
}

}  // namespace

Guesses::Guesses() : salt_(random_salt()) {}

std::chrono::milliseconds Guesses::to_wait(const std::string& address, std::string_view user, Time now) const {
  const auto found = entries_.find(key(address, user));
  if (found == entries_.end() || found->second.until <= now) return 0ms;
  return std::chrono::ceil<std::chrono::milliseconds>(found->second.until - now);
}

void Guesses::wrong(const std::string& address, std::string_view user, Time now) {
  const Key at = key(address, user);
  if (entries_.size() >= kEntries && !entries_.contains(at)) {
    std::erase_if(entries_, [&](const auto& item) { return now - item.second.last > kForgotten; });
    if (entries_.size() >= kEntries)
      entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& item) { return item.second.last; }));
  }
  Entry& entry = entries_[at];
  if (now - entry.last > kForgotten) entry.count = 0;
  entry.last = now;
  if (++entry.count < kFree) return;
  entry.until = now + std::min<std::chrono::milliseconds>(kLongest, kFirst * (1 << std::min(entry.count - kFree, 10)));
}

void Guesses::right(const std::string& address, std::string_view user) { entries_.erase(key(address, user)); }

Guesses::Key Guesses::key(const std::string& address, std::string_view user) const {
  const Digest digest = digest_of(salt_ + std::string(user));
  uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return {network_of(address), number % kSlots};
}

}  // namespace sluice
