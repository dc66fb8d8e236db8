// One port of the proxy, in front of one server: its settings, its connections, and whether it takes any.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <vector>

#include "proxy/connection.h"

namespace sluice::proxy {

class Listener {
 public:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  // Throws boost::system::system_error where the port is not to be had.
  Listener(boost::asio::io_context& context, Endpoint here, Endpoint target, std::mt19937_64& dice);

  Way& way(Direction direction) { return ways_[static_cast<size_t>(direction)]; }
  const Ends& ends() const { return ends_; }
  int64_t accepted() const { return accepted_; }
  int64_t open();
  void set_target(Endpoint target) { target_ = target; }
  void refuse(bool refuse);
  void settings_changed();
  void heal();
  void cut(Ending how);

 private:
  void listen();
  void accept();
  void forget_gone();

  boost::asio::io_context& context_;
  const Endpoint here_;
  Endpoint target_;
  std::mt19937_64& dice_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::array<Way, kDirections> ways_;
  Ends ends_;
  int64_t accepted_ = 0;
  bool loses_ = false;
  std::vector<std::shared_ptr<Connection>> connections_;
};

}  // namespace sluice::proxy
