// How many connections there may be, in all and from one address. Rest thread only.
#pragma once
#include <map>
#include <boost/asio/ip/address.hpp>
#include "rest/limits.h"

namespace sluice {

class Seats {
 public:
  explicit Seats(const RestLimits& limits) : all_(limits.connections), per_address_(limits.connections_per_address) {}

  // Loopback may use all: those behind it are this machine's own, and a tunnel or proxy there speaks for many.
  bool take(const boost::asio::ip::address& from) {
    if (taken_ >= all_) return false;
    size_t& count = by_address_[from];
    if (!from.is_loopback() && count >= per_address_) return false;
    ++count;
    ++taken_;
    return true;
  }
  void give_back(const boost::asio::ip::address& from) {
    --taken_;
    if (const auto count = by_address_.find(from); --count->second == 0) by_address_.erase(count);
  }
  size_t taken() const { return taken_; }

 private:
  const size_t all_, per_address_;
  size_t taken_ = 0;
  std::map<boost::asio::ip::address, size_t> by_address_;
};

}  // namespace sluice
