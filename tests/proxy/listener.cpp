#include "proxy/listener.h"

#include <algorithm>

namespace sluice::proxy {

Listener::Listener(boost::asio::io_context& context, Endpoint here, Endpoint target, std::mt19937_64& dice)
    : context_(context), here_(here), target_(target), dice_(dice), acceptor_(context) {
  listen();
}

void Listener::listen() {
  acceptor_.open(here_.protocol());
  acceptor_.set_option(boost::asio::socket_base::reuse_address(true));
  acceptor_.bind(here_);
  acceptor_.listen();
  loses_ = false;
  settings_changed();
  accept();
}

void Listener::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, Socket client) {
    if (error == boost::asio::error::operation_aborted) return;  // it is closed
    if (!error) {
      ++accepted_;
      forget_gone();
      connections_.push_back(std::make_shared<Connection>(std::move(client), ways_, ends_, dice_));
      connections_.back()->start(target_);
    }
    accept();
  });
}

int64_t Listener::open() {
  forget_gone();
  return static_cast<int64_t>(connections_.size());
}

void Listener::refuse(bool refuse) {
  if (refuse == !acceptor_.is_open()) return;
  if (refuse) acceptor_.close();
  else listen();
}

void Listener::settings_changed() {
  if (acceptor_.is_open() && loses_ != way(Direction::up).settings.lost) drop_packets(acceptor_.native_handle(), loses_ = !loses_);
  for (const auto& each : connections_) each->settings_changed();
}

void Listener::heal() {
  for (Way& each : ways_) {
    each.settings = {};
    each.cut.reset();
    each.flip.reset();
  }
  refuse(false);
  settings_changed();
}

void Listener::cut(Ending how) {
  for (const auto& each : connections_) each->cut(how);
}

void Listener::forget_gone() {
  std::erase_if(connections_, [](const auto& each) { return each->gone(); });
}

}  // namespace sluice::proxy
