// Bytes to requests, with what request smuggling is made of; and who is let in.
#include <doctest/doctest.h>
#include "rest/admission.h"
#include "rest/wire.h"

using namespace sluice;
using Stage = RequestReader::Stage;

namespace {

// The status that these bytes are refused with, 0 where they make a request, -1 where more is expected.
int outcome(const std::string& bytes) {
  RequestReader reader{RestLimits{}};
  switch (reader.feed(bytes)) {
    case Stage::complete: return 0;
    case Stage::refused: return reader.refusal();
    default: return -1;
  }
}

const std::string kHost = "Host: localhost\r\n";

}  // namespace

TEST_CASE("wire: which requests are read, which refused, which unfinished") {
  struct Case { std::string what; std::string bytes; int outcome; };
  const std::string post = "POST /connectors HTTP/1.1\r\n" + kHost;
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n";
  const Case cases[] = {
      {"plain", "GET / HTTP/1.1\r\n" + kHost + "\r\n", 0},
      {"HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", 0},
      {"empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\n" + kHost + "\r\n", 0},
      {"body", post + "Content-Length: 2\r\n\r\n{}", 0},
      {"chunked body", chunked + "\r\n2\r\n{}\r\n0\r\n\r\n", 0},
      {"chunks with extension and trailer", chunked + "\r\n1;x=1\r\n{\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n", 0},
      {"half a header", "GET / HTTP/1.1\r\nHost: local", -1},
      {"half a body", post + "Content-Length: 3\r\n\r\n{}", -1},
      {"half a chunk", chunked + "\r\n5\r\n{", -1},
      {"not HTTP", "hello\r\n\r\n", 400},
      {"HTTP/2.0", "GET / HTTP/2.0\r\n" + kHost + "\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\n" + kHost + kHost + "\r\n", 400},
      {"bare line feeds", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"one bare line feed", "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400},
      {"folded header", "GET / HTTP/1.1\r\n" + kHost + "X: a\r\n b\r\n\r\n", 400},
      {"blank before colon", "GET / HTTP/1.1\r\n" + kHost + "X : a\r\n\r\n", 400},
      {"NUL in a header", "GET / HTTP/1.1\r\n" + kHost + std::string("X: a\0b\r\n\r\n", 10), 400},
      {"two lengths that differ", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
      {"two lengths that agree", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400},
      {"a list of lengths", post + "Content-Length: 2, 2\r\n\r\n{}", 400},
      {"negative length", post + "Content-Length: -1\r\n\r\n", 400},
      {"length with a sign", post + "Content-Length: +2\r\n\r\n{}", 400},
      {"length beyond 64 bits", post + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"chunked and a length", chunked + "Content-Length: 2\r\n\r\n", 400},
      {"a length and chunked", post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunked twice", chunked + "Transfer-Encoding: chunked\r\n\r\n", 400},
      {"gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
      {"an encoding that looks like chunked", post + "Transfer-Encoding: xchunked\r\n\r\n", 400},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunked, chunked", post + "Transfer-Encoding: chunked, chunked\r\n\r\n", 400},
      {"chunked, identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
      {"identity", post + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}", 400},
      {"an encoding in quotes", post + "Transfer-Encoding: \"chunked\"\r\n\r\n", 400},
      {"an encoding behind a vertical tab", post + "Transfer-Encoding: \x0b" "chunked\r\n\r\n", 400},
      {"an encoding's name with a blank", post + "Transfer-Encoding : chunked\r\n\r\n", 400},
      {"a folded encoding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n", 400},
      {"an encoding with an underscore is no encoding", post + "Transfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", 0},
      {"no length", post + "Content-Length:\r\n\r\n", 400},
      {"hexadecimal length", post + "Content-Length: 0x2\r\n\r\n{}", 400},
      {"a length and more", post + "Content-Length: 2 2\r\n\r\n{}", 400},
      {"a chunk size with a sign", chunked + "\r\n+2\r\n{}\r\n0\r\n\r\n", 400},
      {"a chunk size with 0x", chunked + "\r\n0x2\r\n{}\r\n0\r\n\r\n", 400},
      {"a chunk size beyond 64 bits", chunked + "\r\n10000000000000002\r\n{}\r\n0\r\n\r\n", 400},
      {"a bare carriage return in a header", "GET / HTTP/1.1\r\n" + kHost + "X: a\rContent-Length: 2\r\n\r\n", 400},
      {"a chunk size that is none", chunked + "\r\nzz\r\n", 400},
      {"a chunk longer than it says", chunked + "\r\n1\r\n{}\r\n0\r\n\r\n", 400},
      {"an endless chunk extension", chunked + "\r\n1;" + std::string(9000, 'x'), 400},
      {"long target", "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n" + kHost + "\r\n", 414},
      {"long target without end", "GET /" + std::string(9000, 'x'), 414},
      {"long header", "GET / HTTP/1.1\r\n" + kHost + "X: " + std::string(9000, 'x') + "\r\n\r\n", 431},
      {"long header without end", "GET / HTTP/1.1\r\n" + kHost + "X: " + std::string(9000, 'x'), 431},
      {"long body, announced", post + "Content-Length: 1048577\r\n\r\n", 413},
      {"long body, chunked", chunked + "\r\n100001\r\n" + std::string(0x100001, 'x') + "\r\n", 413},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK(outcome(c.bytes) == c.outcome);
  }
}

TEST_CASE("wire: two pipelined requests come out one by one, however the bytes are cut") {
  const std::string bytes = "POST /connectors?x=1 HTTP/1.1\r\nHOST: localhost\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\nabc"
                            "GET /health HTTP/1.0\r\n\r\n";
  for (const size_t step : {size_t{1}, size_t{7}, bytes.size()}) {
    CAPTURE(step);
    RequestReader reader{RestLimits{}};
    std::vector<RestRequest> requests;
    std::vector<bool> keep_alive;
    for (size_t at = 0; at < bytes.size(); at += step) {
      Stage stage = reader.feed(std::string_view(bytes).substr(at, step));
      for (; stage == Stage::complete; stage = reader.stage()) {
        requests.push_back(reader.take());
        keep_alive.push_back(reader.keep_alive());
      }
    }
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].method == "POST");
    CHECK(requests[0].target == "/connectors?x=1");
    CHECK(requests[0].headers.at("host") == "localhost");
    CHECK(requests[0].headers.at("x-a") == "1, 2");
    CHECK(requests[0].body == "abc");
    CHECK(requests[1].target == "/health");
    CHECK(keep_alive == std::vector{true, false});
    CHECK(reader.stage() == Stage::empty);
  }
}

TEST_CASE("wire: a body in chunks, with a trailer or without, is the same however the bytes are cut") {
  const std::string header = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string chunks : {"0\r\n\r\n", "0\r\nC: 1\r\n\r\n", "3;x=1\r\nabc\r\n0;y\r\nX-Y: 1\r\n\r\n"}) {
    CAPTURE(chunks);
    for (size_t step = 1; step <= chunks.size(); ++step) {
      CAPTURE(step);
      RequestReader reader{RestLimits{}};
      Stage stage = reader.feed(header);
      for (size_t at = 0; at < chunks.size(); at += step) {
        CHECK(stage == Stage::body);
        stage = reader.feed(std::string_view(chunks).substr(at, step));
      }
      REQUIRE(stage == Stage::complete);
      CHECK(reader.take().body == (chunks[0] == '3' ? "abc" : ""));
    }
  }
}

TEST_CASE("wire: what follows a chunk in place of its line end is refused, however the bytes are cut") {
  const std::string bytes = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc0\r\n1";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    CAPTURE(step);
    RequestReader reader{RestLimits{}};
    for (size_t at = 0; at < bytes.size(); at += step) reader.feed(std::string_view(bytes).substr(at, step));
    CHECK(reader.stage() == Stage::refused);
    CHECK(reader.refusal() == 400);
  }
}

TEST_CASE("wire: a client that asks is told to continue, once, and not if its body is too large or here already") {
  const std::string head = "PUT / HTTP/1.1\r\n" + kHost + "Expect: 100-continue\r\nContent-Length: ";
  RequestReader asks{RestLimits{}};
  asks.feed(head + "2\r\n\r\n");
  CHECK(asks.wants_continue());
  CHECK(!asks.wants_continue());
  RequestReader sends{RestLimits{}};
  sends.feed(head + "2\r\n\r\n{");
  CHECK(!sends.wants_continue());
  RequestReader large{RestLimits{}};
  CHECK(large.feed(head + "2000000\r\n\r\n") == Stage::refused);
  CHECK(!large.wants_continue());
}

TEST_CASE("wire: answers carry length and type, none where there is no body, and HEAD all but the body") {
  CHECK(to_bytes({200, "{}", {}}, {11, true, false}) ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(to_bytes({202, "", {}}, {11, true, false}) == "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  CHECK(to_bytes({204, "", {}}, {11, false, false}) == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  CHECK(to_bytes({404, "{}", {}}, {11, true, true}) ==
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
  CHECK(to_bytes({200, "x", {{"Content-Type", "text/plain"}}}, {10, true, false}) ==
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx");
}

TEST_CASE("admission: only requests that name this listener, from no other site's page, are let in") {
  struct Case { const char* listen; std::map<std::string, std::string> headers; bool let_in; };
  const Case cases[] = {
      {"127.0.0.1", {{"host", "127.0.0.1:8083"}}, true},
      {"127.0.0.1", {{"host", "LocalHost"}}, true},
      {"127.0.0.1", {{"host", "[::1]:8083"}}, true},
      {"127.0.0.1", {}, true},
      {"127.0.0.1", {{"host", "evil.example"}}, false},
      {"127.0.0.1", {{"host", "localhost.evil.example"}}, false},
      {"127.0.0.1", {{"host", "127.0.0.1.evil.example:8083"}}, false},
      {"127.0.0.1", {{"host", ""}}, false},
      {"127.0.0.1", {{"host", "10.0.0.1"}}, false},
      {"10.0.0.1", {{"host", "10.0.0.1:8083"}}, true},
      {"connect.example", {{"host", "Connect.example:8083"}}, true},
      {"0.0.0.0", {{"host", "10.0.0.1:8083"}}, true},
      {"::", {{"host", "[fe80::1]:8083"}}, true},
      {"0.0.0.0", {{"host", "evil.example"}}, false},
      {"127.0.0.1", {{"host", "localhost:8083"}, {"origin", "http://localhost:8083"}}, true},
      {"127.0.0.1", {{"host", "localhost:8083"}, {"origin", "http://localhost:3000"}}, false},
      {"127.0.0.1", {{"host", "localhost:8083"}, {"origin", "http://evil.example"}}, false},
      {"127.0.0.1", {{"host", "localhost:8083"}, {"origin", "null"}}, false},
      {"127.0.0.1", {{"host", "localhost:8083"}, {"sec-fetch-site", "cross-site"}}, false},
      {"127.0.0.1", {{"host", "localhost:8083"}, {"sec-fetch-site", "same-origin"}}, true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.headers);
    const auto refusal = refuse_foreign({"GET", "/", c.headers, ""}, {c.listen, {}});
    CHECK(!refusal == c.let_in);
    if (refusal) CHECK(refusal->status == 403);
  }
}
