// HTTP/1 as bytes: what comes in becomes requests, answers become what goes out. No sockets in here; wire.cpp is the only
// file that includes Beast. Stricter than Beast where two readers of the same bytes could disagree (request smuggling).
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include "rest/limits.h"
#include "rest/http.h"

namespace sluice {

// Reads the requests of one connection, one after the other.
class RequestReader {
 public:
  explicit RequestReader(const RestLimits& limits);
  ~RequestReader();

  enum class Stage {
    empty,     // nothing of the next request has come
    header,
    body,
    complete,  // take() it
    refused,   // answer with refusal() and close: where the next request would begin is unknown
  };
  Stage feed(std::string_view bytes);
  Stage stage() const;
  int refusal() const;         // 400, 413, 414, 431
  bool wants_continue();       // true once, where a client waits for "100 Continue" before it sends its body

  // The complete request; the bytes behind it (pipelining) are read on.
  RestRequest take();

  // How to answer the request that was taken, or refused.
  unsigned version() const;    // 10 or 11
  bool keep_alive() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct AnswerFrame {
  unsigned version = 11;
  bool keep_alive = false;
  bool head = false;           // the answer to HEAD: everything but the body
};
std::string to_bytes(const RestResponse& response, const AnswerFrame& frame);

}  // namespace sluice
