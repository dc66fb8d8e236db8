#include "rest/wire.h"
#include <algorithm>
#include <optional>
#include <sstream>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include "rest/target.h"

namespace sluice {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

// Nothing is at its end with the line of the last chunk and a byte more, and Beast asserts that there are two (1.74: `n >= 5` in
// parse_chunk_header) where it is asked again after that line. Behind another chunk, whose line end it reads with it, it has them.
bool is_cut_in_last_chunk(std::string_view data, const Parser& parser) {
  return parser.chunked() && parser.get().body().empty() && data.size() < 5 && data.starts_with("0\r\n");
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lowered;
}

bool has_bare_line_feed(std::string_view text) {
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    if (at == 0 || text[at - 1] != '\r') return true;
  return false;
}

bool has_folded_line(std::string_view header) {
  return header.find("\r\n ") != std::string_view::npos || header.find("\r\n\t") != std::string_view::npos;
}

// Beast takes a Content-Length twice if both say the same, and ignores a Transfer-Encoding it does not know.
bool ambiguous_length(const Parser::value_type& request) {
  const size_t lengths = request.count(http::field::content_length), encodings = request.count(http::field::transfer_encoding);
  if (lengths > 1 || encodings > 1) return true;
  if (lengths == 1 && view(request[http::field::content_length]).find_first_not_of("0123456789") != std::string_view::npos) return true;
  return encodings == 1 &&
         (request.version() < 11 || !equal_ignoring_case(view(request[http::field::transfer_encoding]), "chunked"));
}

}  // namespace

struct RequestReader::Impl {
  explicit Impl(const RestLimits& allowed) : limits(allowed) {}

  void advance() {
    if (stage == Stage::empty) begin();
    if (stage == Stage::header) read_header();
    if (stage == Stage::body) read_body();
  }

  void begin() {
    // An empty line before a request is to be ignored: RFC 9112, 2.2.
    while (data.starts_with("\r\n")) data.erase(0, 2);
    if (data.empty() || data == "\r") return;
    parser.emplace();
    parser->header_limit(static_cast<uint32_t>(limits.header_bytes));
    parser->body_limit(limits.body_bytes);
    parser->eager(true);
    stage = Stage::header;
  }

  // The header is given to Beast in one piece, so that it can be looked at as it came.
  void read_header() {
    const size_t end = data.find("\r\n\r\n");
    const std::string_view header = std::string_view(data).substr(0, end == std::string::npos ? end : end + 4);
    if (has_bare_line_feed(header)) return refuse(400);
    if (header.size() > limits.header_bytes) return refuse(header.find("\r\n") < limits.header_bytes ? 431 : 414);
    if (end == std::string::npos) return;
    if (has_folded_line(header)) return refuse(400);

    boost::system::error_code error;
    parser->put(boost::asio::buffer(header.data(), header.size()), error);
    if (error == http::error::body_limit) return refuse(413);
    if (error || !parser->is_header_done()) return refuse(400);
    const Parser::value_type& request = parser->get();
    const size_t hosts = request.count(http::field::host);
    if (ambiguous_length(request) || hosts > 1 || (request.version() == 11 && hosts == 0)) return refuse(400);
    if (request.version() != 10 && request.version() != 11) return refuse(400);
    awaits_continue = request.version() == 11 && equal_ignoring_case(view(request[http::field::expect]), "100-continue");
    // Growing piece by piece would hold the old and the new: up to three times the limit. What is not filled takes no memory.
    if (parser->chunked()) parser->get().body().reserve(limits.body_bytes);
    data.erase(0, end + 4);
    stage = Stage::body;
  }

  void read_body() {
    while (!parser->is_done() && !data.empty() && !is_cut_in_last_chunk(data, *parser)) {
      boost::system::error_code error;
      awaits_continue = false;
      data.erase(0, parser->put(boost::asio::buffer(data), error));
      if (error == http::error::need_more) break;
      if (error == http::error::body_limit) return refuse(413);
      if (error) return refuse(400);
    }
    if (parser->is_done()) stage = Stage::complete;
    // Content is consumed at once: what stays is an unfinished chunk line or trailer, which could grow for ever.
    else if (data.size() > limits.header_bytes) refuse(400);
  }

  void refuse(int status) {
    stage = Stage::refused;
    refusal = status;
    keep_alive = false;
    data.clear();
    parser.reset();  // what has come of the body
  }

  const RestLimits limits;
  std::string data;  // received, not yet read
  std::optional<Parser> parser;
  Stage stage = Stage::empty;
  int refusal = 0;
  bool awaits_continue = false;
  unsigned version = 11;
  bool keep_alive = false;
};

RequestReader::RequestReader(const RestLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestReader::~RequestReader() = default;

RequestReader::Stage RequestReader::feed(std::string_view bytes) {
  if (impl_->stage == Stage::refused) return Stage::refused;
  impl_->data += bytes;
  impl_->advance();
  return impl_->stage;
}

RequestReader::Stage RequestReader::stage() const { return impl_->stage; }
int RequestReader::refusal() const { return impl_->refusal; }
unsigned RequestReader::version() const { return impl_->version; }
bool RequestReader::keep_alive() const { return impl_->keep_alive; }

bool RequestReader::wants_continue() {
  return impl_->stage == Stage::body && std::exchange(impl_->awaits_continue, false);
}

RestRequest RequestReader::take() {
  Parser::value_type& message = impl_->parser->get();
  RestRequest request{std::string(view(message.method_string())), std::string(view(message.target())), {}, std::move(message.body())};
  for (const auto& field : message) {
    std::string& value = request.headers[lower_case(view(field.name_string()))];
    if (!value.empty()) value += ", ";
    value += view(field.value());
  }
  impl_->version = message.version();
  impl_->keep_alive = message.keep_alive();
  impl_->stage = Stage::empty;
  impl_->advance();
  return request;
}

std::string to_bytes(const RestResponse& response, const AnswerFrame& frame) {
  http::response<http::string_body> message;
  message.version(frame.version);
  message.result(static_cast<unsigned>(response.status));
  for (const auto& [name, value] : response.headers) message.set(name, value);
  if (!response.body.empty() && message.count(http::field::content_type) == 0)
    message.set(http::field::content_type, "application/json");
  if (response.status != 204 && !response.goes_on) message.content_length(response.body.size());
  message.keep_alive(frame.keep_alive);
  if (!frame.head) message.body() = response.body;
  std::ostringstream bytes;
  bytes << message;
  return bytes.str();
}

}  // namespace sluice
