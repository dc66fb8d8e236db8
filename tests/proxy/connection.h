// One connection through the proxy. Each direction has a coroutine that reads into a queue and one that writes from it, late, slow, in
// pieces and spoilt as its Way says. They keep it alive; it ends with them.
#pragma once
#include <utility>  // first: Boost 1.74's awaitable.hpp needs it and does not say so

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "proxy/faults.h"

namespace sluice::proxy {

using Socket = boost::asio::ip::tcp::socket;
using Clock = std::chrono::steady_clock;

struct Ends {  // how connections of a listener were ended by a fault
  int64_t reset = 0, closed = 0, half_opened = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `ways` and the others belong to the listener, which outlives it.
  Connection(Socket client, std::array<Way, kDirections>& ways, Ends& ends, std::mt19937_64& dice);

  void start(boost::asio::ip::tcp::endpoint target);
  void cut(Ending how);
  bool gone() const { return !client_.is_open() && !server_.is_open(); }
  void settings_changed();

 private:
  struct Piece {
    std::string bytes;
    Clock::time_point due;
  };
  struct Stream {  // one direction
    explicit Stream(const boost::asio::any_io_executor& executor) : changed(executor, Clock::time_point::max()), pace(executor) {}
    std::deque<Piece> queue;
    size_t queued = 0;
    bool at_end = false;  // nothing more to read
    std::string before_cut, before_flip;
    boost::asio::steady_timer changed, pace;  // never expires, cancelled to wake whoever waits; and one that does
  };

  boost::asio::awaitable<void> run(boost::asio::ip::tcp::endpoint target);
  boost::asio::awaitable<void> read(Direction direction);
  boost::asio::awaitable<void> write(Direction direction);
  boost::asio::awaitable<bool> pass(Direction direction, std::string bytes);
  boost::asio::awaitable<void> pause(Stream& stream, Clock::time_point until);
  boost::asio::awaitable<void> wait_while_blocked(Direction direction);
  boost::asio::awaitable<void> wait_for_change(Stream& stream);
  boost::asio::awaitable<void> drain(Direction direction);

  Way& way(Direction direction) { return ways_[static_cast<size_t>(direction)]; }
  Stream& stream(Direction direction) { return streams_[static_cast<size_t>(direction)]; }
  Socket& from(Direction direction) { return direction == Direction::up ? client_ : server_; }
  Socket& to(Direction direction) { return direction == Direction::up ? server_ : client_; }
  void end(Ending how);
  void spoil(Direction direction, std::string& bytes);
  void lose_packets();

  Socket client_, server_;
  std::array<Way, kDirections>& ways_;
  Ends& ends_;
  std::mt19937_64& dice_;
  std::array<Stream, kDirections> streams_;
  bool ended_ = false;
  bool client_loses_ = false, server_loses_ = false;
  int written_out_ = 0;  // directions that have ended and were told so
};

// Has the kernel drop all that arrives at the socket, before TCP acknowledges it; or no longer.
void drop_packets(int socket, bool drop);

}  // namespace sluice::proxy
