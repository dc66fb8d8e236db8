// A client's socket, in the clear or with TLS on top: the same calls for both. Rest thread only.
#pragma once
#include <optional>
#include <utility>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include "rest/tls.h"

namespace sluice {

class Stream {
 public:
  using tcp = boost::asio::ip::tcp;

  // Without a context in the clear.
  Stream(tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> context) : socket_(std::move(socket)), context_(std::move(context)) {
    if (context_) tls_.emplace(socket_, *context_);
  }

  bool encrypted() const { return tls_.has_value(); }
  auto get_executor() { return socket_.get_executor(); }
  std::vector<std::string> peer_names() { return tls_ ? client_names(tls_->native_handle()) : std::vector<std::string>{}; }

  template <class Done>
  void handshake(Done done) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::move(done));
  }
  template <class Done>
  void read_some(boost::asio::mutable_buffer into, Done done) {
    if (tls_) tls_->async_read_some(into, std::move(done));
    else socket_.async_read_some(into, std::move(done));
  }
  // What comes as bytes, whatever it means: to be thrown away.
  template <class Done>
  void drain(boost::asio::mutable_buffer into, Done done) {
    socket_.async_read_some(into, std::move(done));
  }
  template <class Done>
  void write(boost::asio::const_buffer from, Done done) {
    if (tls_) boost::asio::async_write(*tls_, from, std::move(done));
    else boost::asio::async_write(socket_, from, std::move(done));
  }
  // Says that nothing more comes from us, then calls `done`.
  template <class Done>
  void finish(Done done) {
    auto half_close = [this, then = std::move(done)](boost::system::error_code ignored) mutable {
      socket_.shutdown(tcp::socket::shutdown_send, ignored);
      then();
    };
    if (tls_) tls_->async_shutdown(std::move(half_close));
    else half_close({});
  }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
  std::shared_ptr<boost::asio::ssl::context> context_;  // outlives what was made with it
  std::optional<boost::asio::ssl::stream<tcp::socket&>> tls_;
};

}  // namespace sluice
