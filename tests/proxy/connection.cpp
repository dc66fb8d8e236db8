#include "proxy/connection.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace sluice::proxy {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr size_t kReadBytes = 65536;
// What is on its way: enough that a delay alone hardly costs throughput; little, where the way is narrow.
constexpr size_t kQueueBytes = size_t{4} << 20;
constexpr size_t kNarrowQueueBytes = 4096;
constexpr int64_t kPiecesPerSecond = 50;  // of a narrow way

auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

void drop_packets(int socket, bool drop) {
  sock_filter refuse_all[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{1, refuse_all};
  const int none = 0;
  if (drop) setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  else setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
}

Connection::Connection(Socket client, std::array<Way, kDirections>& ways, Ends& ends, std::mt19937_64& dice)
    : client_(std::move(client)), server_(client_.get_executor()), ways_(ways), ends_(ends), dice_(dice),
      streams_{Stream(client_.get_executor()), Stream(client_.get_executor())} {}

void Connection::start(asio::ip::tcp::endpoint target) {
  asio::co_spawn(client_.get_executor(), [self = shared_from_this(), target] { return self->run(target); }, asio::detached);
}

awaitable<void> Connection::run(asio::ip::tcp::endpoint target) {
  lose_packets();
  co_await wait_while_blocked(Direction::up);
  if (ended_) co_return;
  error_code error;
  server_.open(target.protocol(), error);
  lose_packets();
  co_await server_.async_connect(target, into(error));
  if (error) end(Ending::reset);
  if (ended_) co_return;
  client_.set_option(asio::ip::tcp::no_delay(true), error);
  server_.set_option(asio::ip::tcp::no_delay(true), error);
  for (const Direction direction : {Direction::up, Direction::down}) {
    const auto self = shared_from_this();
    asio::co_spawn(client_.get_executor(), [self, direction] { return self->read(direction); }, asio::detached);
    asio::co_spawn(client_.get_executor(), [self, direction] { return self->write(direction); }, asio::detached);
  }
}

awaitable<void> Connection::read(Direction direction) {
  const auto self = shared_from_this();
  Stream& into_queue = stream(direction);
  const Settings& settings = way(direction).settings;
  std::array<char, kReadBytes> buffer;
  while (!ended_) {
    const size_t room = settings.bytes_per_second ? kNarrowQueueBytes : kQueueBytes;
    if (into_queue.queued >= room) {
      co_await wait_for_change(into_queue);
      continue;
    }
    error_code error;
    const size_t count = co_await from(direction).async_read_some(asio::buffer(buffer), into(error));
    if (ended_) co_return;
    if (error == asio::error::eof) break;
    if (error) {  // it was reset: so is the other side
      end(Ending::reset);
      co_return;
    }
    Clock::time_point due = Clock::now() + milliseconds(settings.delay_ms);
    if (settings.jitter_ms) due += milliseconds(std::uniform_int_distribution<int64_t>(0, settings.jitter_ms)(dice_));
    if (!into_queue.queue.empty()) due = std::max(due, into_queue.queue.back().due);
    into_queue.queue.push_back({std::string(buffer.data(), count), due});
    into_queue.queued += count;
    into_queue.changed.cancel();
  }
  into_queue.at_end = true;
  into_queue.changed.cancel();
}

awaitable<void> Connection::write(Direction direction) {
  const auto self = shared_from_this();
  Stream& from_queue = stream(direction);
  while (!ended_) {
    if (from_queue.queue.empty() && from_queue.at_end) break;
    if (from_queue.queue.empty()) {
      co_await wait_for_change(from_queue);
      continue;
    }
    if (from_queue.queue.front().due > Clock::now()) {
      ++way(direction).delayed;
      co_await pause(from_queue, from_queue.queue.front().due);
      continue;
    }
    std::string bytes = std::move(from_queue.queue.front().bytes);
    from_queue.queue.pop_front();
    const size_t count = bytes.size();
    if (!co_await pass(direction, std::move(bytes))) co_return;
    from_queue.queued -= count;
    from_queue.changed.cancel();
  }
  error_code ignored;
  if (!ended_) to(direction).shutdown(Socket::shutdown_send, ignored);
  if (!ended_ && ++written_out_ == static_cast<int>(kDirections)) {
    ended_ = true;
    client_.close(ignored);
    server_.close(ignored);
  }
}

// Writes what was read at once, in as many pieces as the settings want. False: the connection has ended.
awaitable<bool> Connection::pass(Direction direction, std::string bytes) {
  Way& here = way(direction);
  Stream& own = stream(direction);
  for (size_t done = 0; done < bytes.size() && !ended_;) {
    co_await wait_while_blocked(direction);
    if (ended_) break;
    size_t size = bytes.size() - done;
    if (here.settings.slice_bytes) size = std::min(size, static_cast<size_t>(here.settings.slice_bytes));
    if (here.settings.bytes_per_second)
      size = std::min(size, static_cast<size_t>(std::max<int64_t>(1, here.settings.bytes_per_second / kPiecesPerSecond)));
    std::string piece = bytes.substr(done, size);
    done += size;
    spoil(direction, piece);
    std::optional<Ending> ending;
    if (here.cut) {
      if (const auto at = here.cut->fires_in(piece, own.before_cut)) {
        piece.resize(*at);
        ending = here.cut->how();
        if (here.cut->spent()) here.cut.reset();
      }
    }
    error_code error;
    co_await asio::async_write(to(direction), asio::buffer(piece), into(error));
    here.bytes += static_cast<int64_t>(piece.size());
    if (ending) cut(*ending);
    else if (error) end(Ending::reset);
    if (ended_) break;
    if (here.settings.slice_bytes) ++here.sliced;
    if (here.settings.bytes_per_second) {
      ++here.throttled;
      co_await pause(own, Clock::now() + milliseconds(1000 * static_cast<int64_t>(size) / here.settings.bytes_per_second));
    }
  }
  co_return !ended_;
}

void Connection::spoil(Direction direction, std::string& bytes) {
  Way& here = way(direction);
  size_t from = 0;
  while (here.flip && from < bytes.size()) {
    const auto at = here.flip->fires_in(std::string_view(bytes).substr(from), stream(direction).before_flip);
    if (!at) return;
    const size_t byte = from + (*at > 0 ? *at - 1 : 0);
    bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << std::uniform_int_distribution<int>(0, 7)(dice_)));
    ++here.flipped;
    from = byte + 1;
    if (here.flip->spent()) here.flip.reset();
  }
}

void Connection::cut(Ending how) {
  if (ended_) return;
  ++(how == Ending::reset ? ends_.reset : how == Ending::close ? ends_.closed : ends_.half_opened);
  end(how);
}

void Connection::end(Ending how) {
  if (ended_) return;
  ended_ = true;
  error_code ignored;
  switch (how) {
    case Ending::reset:
      for (Socket* side : {&client_, &server_}) {
        side->set_option(asio::socket_base::linger(true, 0), ignored);
        side->close(ignored);
      }
      break;
    case Ending::close:
      for (const Direction direction : {Direction::up, Direction::down}) {
        to(direction).shutdown(Socket::shutdown_send, ignored);
        from(direction).cancel(ignored);
        asio::co_spawn(client_.get_executor(), [self = shared_from_this(), direction] { return self->drain(direction); }, asio::detached);
      }
      break;
    case Ending::half_open:  // the server's socket stays open for as long as the listener keeps us
      client_.close(ignored);
      server_.cancel(ignored);
      break;
  }
  for (Stream& each : streams_) {
    each.changed.cancel();
    each.pace.cancel();
  }
}

// Closing a socket that has unread bytes sends RST: what still comes is read, so that FIN stays FIN.
awaitable<void> Connection::drain(Direction direction) {
  const auto self = shared_from_this();
  std::array<char, kReadBytes> buffer;
  error_code error;
  while (!error) co_await from(direction).async_read_some(asio::buffer(buffer), into(error));
  from(direction).close(error);
}

void Connection::settings_changed() {
  lose_packets();
  for (Stream& each : streams_) each.changed.cancel();
}

void Connection::lose_packets() {
  if (way(Direction::up).settings.lost != client_loses_ && client_.is_open())
    drop_packets(client_.native_handle(), client_loses_ = !client_loses_);
  if (way(Direction::down).settings.lost != server_loses_ && server_.is_open())
    drop_packets(server_.native_handle(), server_loses_ = !server_loses_);
}

awaitable<void> Connection::pause(Stream& stream, Clock::time_point until) {
  error_code ignored;
  stream.pace.expires_at(until);
  co_await stream.pace.async_wait(into(ignored));
}

awaitable<void> Connection::wait_while_blocked(Direction direction) {
  while (way(direction).blocked() && !ended_) {
    ++way(direction).held;
    co_await wait_for_change(stream(direction));
  }
}

awaitable<void> Connection::wait_for_change(Stream& stream) {
  error_code ignored;
  co_await stream.changed.async_wait(into(ignored));
}

}  // namespace sluice::proxy
