#include "rest/server.h"
#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "rest/admission.h"
#include "rest/views.h"
#include "rest/wire.h"

namespace sluice {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using namespace std::chrono_literals;

// How long a closed connection may go on sending, so that it gets to read our last answer, and how long a stop may take.
constexpr auto kLinger = 1s;
// Connect's own limit of a request, and how many that wait for somebody are worked on at the same time.
constexpr auto kAnswerTime = 90s;
constexpr size_t kCommandThreads = 2, kFarThreads = 4;
constexpr auto kAcceptPause = 100ms;  // out of file descriptors: trying at once would only burn the processor

net::ip::address plain(const net::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
}

}  // namespace

struct RestServer::Impl {
  class Connection;

  Impl(const std::string& listen_host, uint16_t port, RestLimits allowed);
  ~Impl();

  void accept();
  void admit(tcp::socket socket);
  bool full(const net::ip::address& from) const;
  void gone(const std::shared_ptr<Connection>& connection, const net::ip::address& from);
  void stop();

  // Fixed after construction and start().
  const RestLimits limits;
  std::string host;  // without brackets
  RestHandler handler;

  // Rest thread only, once started.
  net::io_context io{1};
  tcp::acceptor acceptor{io};
  net::steady_timer timer{io};  // pause after a failed accept; deadline of a stop
  std::set<std::shared_ptr<Connection>> connections;
  std::map<net::ip::address, size_t> per_address;
  bool stopping = false;

  std::thread thread;
  // Commands have threads of their own, so that an answer that takes long holds nobody but its like. Last: joined before the rest
  // goes, since what they run posts back to `io`.
  net::thread_pool commands{kCommandThreads}, far{kFarThreads};
};

// One client: reads a request, answers it, reads the next. At most one read and one write are under way.
class RestServer::Impl::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Impl& server, tcp::socket socket, net::ip::address from)
      : server_(server), socket_(std::move(socket)), timer_(socket_.get_executor()), from_(std::move(from)), reader_(server.limits) {}

  void start() {
    limit(server_.limits.header_time);
    read();
  }

  // Lets an answer that is being written go out; ends all else.
  void stop() {
    if (phase_ == Phase::answering || phase_ == Phase::writing) keep_alive_ = false;
    else close();
  }

 private:
  enum class Phase { reading, answering, writing, lingering, closed };

  void read() {
    if (reading_) return;
    reading_ = true;
    socket_.async_read_some(net::buffer(chunk_), [this, self = shared_from_this()](error_code error, size_t size) {
      reading_ = false;
      on_read(error, size);
    });
  }

  void on_read(error_code error, size_t size) {
    if (phase_ == Phase::closed || phase_ == Phase::answering || phase_ == Phase::writing) return;
    if (error) return close();
    if (phase_ == Phase::lingering) return read();
    const RequestReader::Stage before = reader_.stage();
    advance(reader_.feed({chunk_.data(), size}), before);
  }

  void advance(RequestReader::Stage stage, RequestReader::Stage before) {
    using Stage = RequestReader::Stage;
    if (stage == Stage::complete) return answer();
    if (stage == Stage::refused) return write(plain_error(reader_.refusal()), {reader_.version(), false, false});
    if (stage != before && stage == Stage::header) limit(server_.limits.header_time);
    if (stage != before && stage == Stage::body) limit(server_.limits.body_time);
    if (reader_.wants_continue()) return write_continue();
    read();
  }

  void answer() {
    RestRequest request = reader_.take();
    const AnswerFrame frame{reader_.version(), reader_.keep_alive() && !server_.stopping, request.method == "HEAD"};
    if (const std::optional<RestResponse> refusal = refuse_foreign(request, server_.host)) return write(*refusal, frame);
    const Pace pace = server_.handler.pace(request);
    if (pace == Pace::at_once) return write(server_.handler(request), frame);
    phase_ = Phase::answering;
    frame_ = frame;
    limit(kAnswerTime);
    net::post(pace == Pace::command ? server_.commands : server_.far, [this, self = shared_from_this(), asked = std::move(request)] {
      net::post(server_.io, [this, self, response = server_.handler(asked)] {
        if (phase_ == Phase::answering) write(response, {frame_.version, frame_.keep_alive && !server_.stopping, frame_.head});
      });
    });
  }

  void write(const RestResponse& response, const AnswerFrame& frame) {
    phase_ = Phase::writing;
    keep_alive_ = frame.keep_alive;
    out_ = to_bytes(response, frame);
    limit(server_.limits.idle_time);
    net::async_write(socket_, net::buffer(out_), [this, self = shared_from_this()](error_code error, size_t) {
      if (phase_ == Phase::closed) return;
      if (error) return close();
      if (!keep_alive_) return server_.stopping ? close() : linger();
      phase_ = Phase::reading;
      // A part of the next request may be here already (pipelining).
      if (reader_.stage() == RequestReader::Stage::empty) limit(server_.limits.idle_time);
      advance(reader_.stage(), RequestReader::Stage::empty);
    });
  }

  void write_continue() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    net::async_write(socket_, net::buffer(kContinue), [this, self = shared_from_this()](error_code error, size_t) {
      if (phase_ != Phase::reading) return;
      if (error) return close();
      read();
    });
  }

  // Closing while the client still sends would reset the connection and take our answer with it.
  void linger() {
    phase_ = Phase::lingering;
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    limit(kLinger);
    read();
  }

  void limit(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([this, self = shared_from_this()](error_code error) {
      // One that had fired before it was set anew arrives without an error.
      if (!error && timer_.expiry() <= std::chrono::steady_clock::now()) on_timeout();
    });
  }

  void on_timeout() {
    // Closed, since the answer that is still to come would be taken for that of the next request.
    if (phase_ == Phase::answering) return write(error_response(500, "Request timed out. The worker is still at work on it."), {frame_.version, false, frame_.head});
    const bool in_request = phase_ == Phase::reading && reader_.stage() != RequestReader::Stage::empty;
    if (in_request) write(plain_error(408), {11, false, false});
    else close();
  }

  void close() {
    if (std::exchange(phase_, Phase::closed) == Phase::closed) return;
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    server_.gone(shared_from_this(), from_);
  }

  Impl& server_;
  tcp::socket socket_;
  net::steady_timer timer_;
  const net::ip::address from_;
  RequestReader reader_;
  std::array<char, 8192> chunk_;
  std::string out_;
  AnswerFrame frame_;  // of the request that is being answered
  Phase phase_ = Phase::reading;
  bool reading_ = false;
  bool keep_alive_ = false;
};

RestServer::RestServer(const std::string& host, uint16_t port, RestLimits limits)
    : impl_(std::make_unique<Impl>(host, port, limits)) {}

RestServer::~RestServer() = default;

uint16_t RestServer::port() const { return impl_->acceptor.local_endpoint().port(); }

void RestServer::start(RestHandler handler) {
  impl_->handler = std::move(handler);
  impl_->accept();
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

RestServer::Impl::Impl(const std::string& listen_host, uint16_t port, RestLimits allowed) : limits(allowed), host(listen_host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  error_code error;
  tcp::endpoint endpoint(net::ip::make_address(host, error), port);
  if (error) {
    const auto found = tcp::resolver(io).resolve(host, std::to_string(port), tcp::resolver::passive, error);
    if (error || found.empty())
      throw std::runtime_error(fmt::format("REST cannot listen on {}: this host name is not known; correct rest.listen", listen_host));
    endpoint = found.begin()->endpoint();
  }
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (error == net::error::address_in_use)
    throw std::runtime_error(fmt::format("REST cannot listen on {}:{}: another process has that port; end it or give "
                                         "rest.listen another port", listen_host, port));
  if (error)
    throw std::runtime_error(fmt::format("REST cannot listen on {}:{}: {}; correct rest.listen", listen_host, port, error.message()));
}

RestServer::Impl::~Impl() {
  if (!thread.joinable()) return;
  net::post(io, [this] { stop(); });
  thread.join();
  commands.join();
  far.join();
}

void RestServer::Impl::accept() {
  acceptor.async_accept([this](error_code error, tcp::socket socket) {
    if (stopping) return;
    if (!error) {
      admit(std::move(socket));
      return accept();
    }
    spdlog::warn("REST: a connection was not accepted: {}", error.message());
    timer.expires_after(kAcceptPause);
    timer.async_wait([this](error_code) { if (!stopping) accept(); });
  });
}

void RestServer::Impl::admit(tcp::socket socket) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;
  const net::ip::address from = plain(remote.address());
  if (full(from)) {
    // As much of the answer as goes out at once: nothing is kept for a caller that we cannot serve.
    socket.non_blocking(true, error);
    socket.write_some(net::buffer(to_bytes(error_response(503, "too many connections"), {})), error);
    return;
  }
  ++per_address[from];
  const auto connection = std::make_shared<Connection>(*this, std::move(socket), from);
  connections.insert(connection);
  connection->start();
}

bool RestServer::Impl::full(const net::ip::address& from) const {
  if (connections.size() >= limits.connections) return true;
  const auto count = per_address.find(from);
  return !from.is_loopback() && count != per_address.end() && count->second >= limits.connections_per_address;
}

void RestServer::Impl::gone(const std::shared_ptr<Connection>& connection, const net::ip::address& from) {
  connections.erase(connection);
  if (const auto count = per_address.find(from); --count->second == 0) per_address.erase(count);
  if (stopping && connections.empty()) timer.cancel();
}

void RestServer::Impl::stop() {
  stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  timer.expires_after(kLinger);
  timer.async_wait([this](error_code error) { if (!error) io.stop(); });
  for (const auto& connection : std::set(connections)) connection->stop();
  if (connections.empty()) timer.cancel();
}

}  // namespace sluice
