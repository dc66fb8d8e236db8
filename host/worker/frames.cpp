#include "worker/frames.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

constexpr size_t kLongest = size_t{256} << 20;  // nobody means a text of this length; it is a sign of nonsense

}  // namespace

FrameReader::Got FrameReader::read(int socket) {
  bool any = false;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0) {
      bytes_.append(buffer, static_cast<size_t>(got));
      any = true;
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return any ? Got::something : Got::nothing;
    } else {
      return Got::end;
    }
  }
}

std::optional<std::string> FrameReader::next() {
  uint32_t length = 0;
  if (broken_ || bytes_.size() < sizeof length) return std::nullopt;
  std::memcpy(&length, bytes_.data(), sizeof length);
  broken_ = length > kLongest;
  if (broken_ || bytes_.size() < sizeof length + length) return std::nullopt;
  std::string text = bytes_.substr(sizeof length, length);
  bytes_.erase(0, sizeof length + length);
  return text;
}

void FrameWriter::add(std::string_view text) {
  const auto length = static_cast<uint32_t>(text.size());
  bytes_.append(reinterpret_cast<const char*>(&length), sizeof length).append(text);
}

bool FrameWriter::write(int socket) {
  while (!bytes_.empty()) {
    const ssize_t sent = ::send(socket, bytes_.data(), bytes_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) bytes_.erase(0, static_cast<size_t>(sent));
    else if (sent < 0 && errno == EINTR) continue;
    else return sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  return true;
}

}  // namespace sluice
