// What crosses between the host and a worker: texts, each with its length before it, over a socket. One thread a direction.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// What has come in, byte by byte, as whole texts again.
class FrameReader {
 public:
  enum class Got { something, nothing, end };  // end: the other side is gone, or talks nonsense
  // Takes what there is on the socket, without waiting.
  Got read(int socket);
  std::optional<std::string> next();

 private:
  std::string bytes_;
  bool broken_ = false;
};

// What is to go out: never waits for the reader on the other side, which may hang.
class FrameWriter {
 public:
  void add(std::string_view text);
  bool waiting() const { return !bytes_.empty(); }
  // As much as the socket takes now. False: the other side is gone.
  bool write(int socket);

 private:
  std::string bytes_;
};

}  // namespace sluice
