// The other end of a connection, for tests through real sockets.
#pragma once
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <doctest/doctest.h>

namespace sluice::test {

// A client that sends exactly the bytes it is given. Waits at most five seconds for an answer.
class Client {
 public:
  explicit Client(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;

  bool send(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<size_t>(n);
    }
    return true;
  }
  // All that comes until the server closes, or until `text` has come.
  std::string read_until(const std::string& text) {
    while (text.empty() || received_.find(text) == std::string::npos) {
      char buffer[4096];
      const ssize_t n = recv(socket_, buffer, sizeof buffer, 0);
      if (n < 0) return received_ += n < 0 && errno == EAGAIN ? "<nothing more came>" : "<reset>";
      if (n == 0) return received_ += "<closed>";
      received_.append(buffer, static_cast<size_t>(n));
    }
    return received_;
  }
  std::string read_all() { return read_until(""); }
  int socket() const { return socket_; }

 private:
  int socket_;
  std::string received_;
};

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace sluice::test
