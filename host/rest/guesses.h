// How often an address has named a wrong password, so that guessing gets slower with each. By address and user: a forgotten
// script with an old password locks out neither the other users of that machine nor the same user elsewhere. Rest thread only.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

class Guesses {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Guesses();

  // How long this one has to wait before the next password is looked at; 0: not at all.
  std::chrono::milliseconds to_wait(const std::string& address, std::string_view user, Time now) const;
  void wrong(const std::string& address, std::string_view user, Time now);
  void right(const std::string& address, std::string_view user);

  size_t size() const { return entries_.size(); }

 private:
  // The network of an IPv6 caller, who has all addresses of it; and one of a few slots for the user's name, so that neither
  // memory nor the number of passwords that are looked at grows with the names that somebody invents.
  using Key = std::pair<std::string, uint64_t>;
  struct Entry {
    int count = 0;
    Time last, until;
  };
  Key key(const std::string& address, std::string_view user) const;

  const std::string salt_;  // nobody can choose names that share a slot with another's
  std::map<Key, Entry> entries_;
};

}  // namespace sluice
