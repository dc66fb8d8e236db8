#include "rest/server.h"
#include <array>
#include <set>
#include <stdexcept>
#include <thread>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include "base/loggers.h"
#include "rest/access.h"
#include "rest/admission.h"
#include "rest/seats.h"
#include "rest/stream.h"
#include "rest/views.h"
#include "rest/wire.h"

namespace sluice {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using namespace std::chrono_literals;

// How long and how much a closed connection may go on sending, so that it gets to read our last answer, and how long a stop may take.
constexpr auto kLinger = 1s;
constexpr size_t kLingerBytes = 16 << 20;
// Connect's own limit of a request, and how many that wait for somebody are worked on at the same time.
constexpr auto kAnswerTime = 90s;
constexpr size_t kCommandThreads = 2, kFarThreads = 4;
// One at a time: what somebody who guesses costs is one core's time at most.
constexpr size_t kHashThreads = 1;
constexpr auto kEventEvery = 1s;
constexpr auto kStreamTime = 5min;  // then a client has to ask again
constexpr auto kAcceptPause = 100ms;  // out of file descriptors: trying at once would only burn the processor

net::ip::address plain(const net::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
}

}  // namespace

struct RestServer::Impl {
  class Connection;

  Impl(const std::string& listen_host, uint16_t port, RestLimits allowed, const RestAccess& who);
  ~Impl();

  void accept();
  void admit(tcp::socket socket);
  OwnNames own_names() const;
  void gone(const std::shared_ptr<Connection>& connection, const net::ip::address& from);
  void stop();

  // Fixed after construction and start().
  void send_events();

  const RestLimits limits;
  const RestAccess access;
  std::string host;  // without brackets
  RestHandler handler;

  // Rest thread only, once started.
  net::io_context io{1};
  tcp::acceptor acceptor{io};
  net::steady_timer timer{io};  // pause after a failed accept; deadline of a stop
  std::set<std::shared_ptr<Connection>> connections;
  std::set<std::shared_ptr<Connection>> streams;  // of these, those that get events
  net::steady_timer next_event{io};
  bool events_go = false;  // it is set
  Seats seats;
  std::unique_ptr<TlsFiles> tls;      // none: in the clear
  std::unique_ptr<Access> logins;     // none: everybody is let in
  bool stopping = false;

  std::thread thread;
  // Commands have threads of their own, so that an answer that takes long holds nobody but its like. Last: joined before the rest
  // goes, since what they run posts back to `io`.
  net::thread_pool commands{kCommandThreads}, far{kFarThreads}, hashes{kHashThreads};
};

// One client: reads a request, answers it, reads the next. At most one read and one write are under way.
class RestServer::Impl::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Impl& server, tcp::socket socket, std::shared_ptr<net::ssl::context> tls, net::ip::address from)
      : server_(server), stream_(std::move(socket), std::move(tls)), timer_(stream_.get_executor()), from_(std::move(from)),
        peer_{from_.to_string(), {}}, reader_(server.limits) {}

  void start() {
    limit(server_.limits.header_time);
    if (!stream_.encrypted()) return read();
    phase_ = Phase::greeting;
    stream_.handshake([this, self = shared_from_this()](error_code error) { on_handshake(error); });
  }

  // The next of a stream of events. One that cannot keep up misses some: each tells all.
  void send(const std::shared_ptr<const std::string>& event) {
    if (phase_ != Phase::streaming || sending_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now > streams_until_) return close();  // who comes back is asked anew who it is
    if (!session_.empty() && !server_.logins->lives(session_, now)) return close();
    sending_ = true;
    limit(server_.limits.idle_time);
    stream_.write(net::buffer(*event), [this, self = shared_from_this(), event](error_code error, size_t) {
      sending_ = false;
      timer_.cancel();
      if (error) close();
    });
  }

  // Lets an answer that is being written go out; ends all else.
  void stop() {
    if (phase_ == Phase::answering || phase_ == Phase::writing) keep_alive_ = false;
    else close();
  }

 private:
  enum class Phase { greeting, reading, answering, writing, streaming, lingering, closed };

  void on_handshake(error_code error) {
    if (phase_ == Phase::closed) return;
    if (error) {
      if (is_plain_http(error)) rest_log().warn("REST: {} spoke plain HTTP to a TLS listener; use https:// there", peer_.address);
      // Whoever just hangs up is a port check.
      else if (error.category() == net::error::get_ssl_category())
        rest_log().warn("REST: TLS with {} failed: {}", peer_.address, error.message());
      return close();
    }
    phase_ = Phase::reading;
    peer_.names = stream_.peer_names();
    limit(server_.limits.header_time);
    read();
  }

  void read() {
    if (reading_) return;
    reading_ = true;
    stream_.read_some(net::buffer(chunk_), [this, self = shared_from_this()](error_code error, size_t size) {
      reading_ = false;
      on_read(error, size);
    });
  }

  void on_read(error_code error, size_t size) {
    if (phase_ == Phase::closed || phase_ == Phase::answering || phase_ == Phase::writing) return;
    if (error) return close();
    if (phase_ == Phase::streaming) return read();  // nothing is expected any more, but the end
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
    request.encrypted = stream_.encrypted();
    frame_ = {reader_.version(), reader_.keep_alive() && !server_.stopping, request.method == "HEAD"};
    if (const std::optional<RestResponse> refusal = refuse_foreign(request, server_.own_names())) return write(*refusal, frame_);
    if (!server_.logins) request.caller = anybody(server_.access);
    else if (!server_.handler.open || !server_.handler.open(request)) return log_in(std::move(request));
    serve(std::move(request));
  }

  void log_in(RestRequest request) {
    Access::Verdict verdict = server_.logins->judge(request, peer_, std::chrono::steady_clock::now());
    if (const auto* refusal = std::get_if<RestResponse>(&verdict)) return write(*refusal, frame_);
    if (auto* caller = std::get_if<Caller>(&verdict)) {
      request.caller = std::move(*caller);
      return serve(std::move(request));
    }
    phase_ = Phase::answering;
    limit(kAnswerTime);
    net::post(server_.hashes, [this, self = shared_from_this(), asked = std::move(request),
                               check = std::move(std::get<PasswordCheck>(verdict))]() mutable {
      const bool fits = check.fits();
      net::post(server_.io, [this, self, fits, asked = std::move(asked), check = std::move(check)]() mutable {
        if (phase_ != Phase::answering) return;
        Access::Judged judged = server_.logins->settle(check, fits, asked, peer_, std::chrono::steady_clock::now());
        if (const auto* refusal = std::get_if<RestResponse>(&judged)) return write(*refusal, frame_);
        asked.caller = std::move(std::get<Caller>(judged));
        serve(std::move(asked));
      });
    });
  }

  void serve(RestRequest request) {
    frame_.keep_alive = frame_.keep_alive && !server_.stopping;
    session_ = request.caller.csrf.empty() ? "" : session_of(request);
    for (const char* secret : {"authorization", "cookie", "x-csrf-token"}) request.headers.erase(secret);  // nobody behind here needs it
    const Pace pace = server_.handler.pace(request);
    if (pace == Pace::at_once) return write(server_.handler(request), frame_);
    phase_ = Phase::answering;
    limit(kAnswerTime);
    net::post(pace == Pace::command ? server_.commands : server_.far, [this, self = shared_from_this(), asked = std::move(request)] {
      net::post(server_.io, [this, self, response = server_.handler(asked)] {
        if (phase_ == Phase::answering) write(response, {frame_.version, frame_.keep_alive && !server_.stopping, frame_.head});
      });
    });
  }

  void write(const RestResponse& response, const AnswerFrame& frame) {
    const bool goes_on = response.goes_on && !frame.head && !server_.stopping;
    if (goes_on && server_.streams.size() >= server_.limits.streams)
      return write(error_response(503, "too many listen to the events already"), {frame.version, false, false});
    phase_ = Phase::writing;
    if (goes_on) server_.streams.insert(shared_from_this());
    keep_alive_ = frame.keep_alive && !response.goes_on;
    out_ = to_bytes(response, {frame.version, keep_alive_, frame.head});
    limit(server_.limits.idle_time);
    stream_.write(net::buffer(out_), [this, goes_on, self = shared_from_this()](error_code error, size_t) {
      if (phase_ == Phase::closed) return;
      if (error) return close();
      if (goes_on && !server_.stopping) return listen();
      if (!keep_alive_) return server_.stopping ? close() : linger();
      phase_ = Phase::reading;
      // A part of the next request may be here already (pipelining).
      if (reader_.stage() == RequestReader::Stage::empty) limit(server_.limits.idle_time);
      advance(reader_.stage(), RequestReader::Stage::empty);
    });
  }

  void listen() {
    phase_ = Phase::streaming;
    streams_until_ = std::chrono::steady_clock::now() + kStreamTime;
    timer_.cancel();
    server_.send_events();
    read();  // to learn when the client goes
  }

  void write_continue() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.write(net::buffer(kContinue), [this, self = shared_from_this()](error_code error, size_t) {
      if (phase_ != Phase::reading) return;
      if (error) return close();
      read();
    });
  }

  // Closing while the client still sends would reset the connection and take our answer with it.
  void linger() {
    phase_ = Phase::lingering;
    limit(kLinger);
    stream_.finish([this, self = shared_from_this()] { drain(); });
  }

  void drain() {
    if (phase_ == Phase::closed) return;
    stream_.drain(net::buffer(chunk_), [this, self = shared_from_this()](error_code error, size_t size) {
      drained_ += size;
      error || drained_ > kLingerBytes ? close() : drain();
    });
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
    stream_.close();
    timer_.cancel();
    server_.gone(shared_from_this(), from_);
  }

  Impl& server_;
  Stream stream_;
  net::steady_timer timer_;
  const net::ip::address from_;
  Peer peer_;
  RequestReader reader_;
  std::array<char, 8192> chunk_;
  size_t drained_ = 0;
  std::string out_;
  AnswerFrame frame_;  // of the request that is being answered
  Phase phase_ = Phase::reading;
  bool reading_ = false;
  bool sending_ = false;  // an event
  std::chrono::steady_clock::time_point streams_until_{};
  std::string session_;  // that let the last request in; empty: another way to log in, whatever cookie was beside it
  bool keep_alive_ = false;
};

RestServer::RestServer(const std::string& host, uint16_t port, RestLimits limits, const RestAccess& access)
    : impl_(std::make_unique<Impl>(host, port, limits, access)) {}

RestServer::~RestServer() = default;

uint16_t RestServer::port() const { return impl_->acceptor.local_endpoint().port(); }

void RestServer::start(RestHandler handler) {
  impl_->handler = std::move(handler);
  impl_->accept();
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

RestServer::Impl::Impl(const std::string& listen_host, uint16_t port, RestLimits allowed, const RestAccess& who)
    : limits(allowed), access(who), host(listen_host), seats(limits) {
  if (access.with_tls()) tls = std::make_unique<TlsFiles>(access);
  if (access.with_login()) logins = std::make_unique<Access>(access);
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
  for (net::thread_pool* pool : {&hashes, &commands, &far}) {
    pool->stop();  // what nobody has begun is not begun any more
    pool->join();
  }
}

void RestServer::Impl::accept() {
  acceptor.async_accept([this](error_code error, tcp::socket socket) {
    if (stopping) return;
    if (!error) {
      admit(std::move(socket));
      return accept();
    }
    rest_log().warn("REST: a connection was not accepted: {}", error.message());
    timer.expires_after(kAcceptPause);
    timer.async_wait([this](error_code) { if (!stopping) accept(); });
  });
}

void RestServer::Impl::admit(tcp::socket socket) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;
  const net::ip::address from = plain(remote.address());
  const std::shared_ptr<net::ssl::context> context = tls ? tls->current().context : nullptr;
  if (!seats.take(from)) {
    if (context) return;  // before a handshake there is no way to say why
    // As much of the answer as goes out at once: nothing is kept for a caller that we cannot serve.
    socket.non_blocking(true, error);
    socket.write_some(net::buffer(to_bytes(error_response(503, "too many connections"), {})), error);
    return;
  }
  // An answer and the end of TLS are two small packets: the second would wait for the client's delayed acknowledgement.
  socket.set_option(tcp::no_delay(true), error);
  const auto connection = std::make_shared<Connection>(*this, std::move(socket), context, from);
  connections.insert(connection);
  connection->start();
}

OwnNames RestServer::Impl::own_names() const {
  OwnNames names{host, access.hosts};
  if (tls) names.others.insert(names.others.end(), tls->known().names.begin(), tls->known().names.end());
  return names;
}

void RestServer::Impl::gone(const std::shared_ptr<Connection>& connection, const net::ip::address& from) {
  connections.erase(connection);
  streams.erase(connection);
  seats.give_back(from);
  if (stopping && connections.empty()) timer.cancel();
}

// To all who listen, each second, as long as there is one.
void RestServer::Impl::send_events() {
  if (events_go) return;
  events_go = true;
  next_event.expires_after(kEventEvery);
  next_event.async_wait([this](error_code error) {
    events_go = false;
    if (error || stopping || streams.empty()) return;
    try {
      const auto event = std::make_shared<const std::string>(handler.event());
      for (const auto& connection : std::set(streams)) connection->send(event);
    } catch (const std::exception& e) {
      rest_log().error("REST: an event could not be made: {}", e.what());
    }
    send_events();
  });
}

void RestServer::Impl::stop() {
  stopping = true;
  next_event.cancel();
  error_code ignored;
  acceptor.close(ignored);
  timer.expires_after(kLinger);
  timer.async_wait([this](error_code error) { if (!error) io.stop(); });
  for (const auto& connection : std::set(connections)) connection->stop();
  if (connections.empty()) timer.cancel();
}

}  // namespace sluice
