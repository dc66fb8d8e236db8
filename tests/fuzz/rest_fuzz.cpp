// Bytes as a client may send them over one connection: they make the same requests however they are cut into pieces; each request is let
// in or refused, its path, query and body are read or refused, and every answer is HTTP and JSON that a client can read.
//
// An input is a byte that chooses the sizes of the pieces, and what is sent. No sockets, no connectors: what commands do is elsewhere.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <spdlog/spdlog.h>

#include "base/json.h"
#include "fuzz/claim.h"
#include "rest/access.h"
#include "rest/admission.h"
#include "rest/bodies.h"
#include "rest/offset_edits.h"
#include "rest/target.h"
#include "rest/views.h"
#include "rest/wire.h"

namespace sluice {
namespace {

using fuzz::require;
using Stage = RequestReader::Stage;

// ---- bytes to requests --------------------------------------------------------------------------------------------------

struct Heard {
  std::vector<RestRequest> requests;
  std::vector<unsigned> versions;
  Stage stage = Stage::empty;
  int refusal = 0;
};

Heard hear(std::string_view bytes, size_t piece) {
  RequestReader reader{RestLimits{}};
  Heard heard;
  while (!bytes.empty() && heard.stage != Stage::refused) {
    heard.stage = reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    (void)reader.wants_continue();
    while (heard.stage == Stage::complete) {
      heard.requests.push_back(reader.take());
      heard.versions.push_back(reader.version());  // whether the connection is kept depends on what has come of the next request
      heard.stage = reader.stage();
    }
  }
  heard.refusal = heard.stage == Stage::refused ? reader.refusal() : 0;
  return heard;
}

bool same(const RestRequest& a, const RestRequest& b) { return a.method == b.method && a.target == b.target && a.headers == b.headers && a.body == b.body; }

// ---- answers ------------------------------------------------------------------------------------------------------------

// Reads what goes out as a client would, and only what it needs.
void check_bytes(const RestResponse& response, const AnswerFrame& frame) {
  const std::string bytes = to_bytes(response, frame);
  const size_t end = bytes.find("\r\n\r\n");
  require(end != bytes.npos, "an answer has a header");
  require(bytes.starts_with(frame.version == 10 ? "HTTP/1.0 " : "HTTP/1.1 "), "an answer has the request's version");
  require(bytes.substr(9, 3) == std::to_string(response.status), "an answer begins with its status");
  std::string_view header = std::string_view(bytes).substr(0, end);
  std::optional<size_t> length;
  for (size_t at = header.find("\r\n"); at != header.npos; at = header.find("\r\n")) {
    header.remove_prefix(at + 2);
    const std::string_view line = header.substr(0, header.find("\r\n"));
    require(line.find(':') != line.npos && line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos, "a header is one line", line);
    if (line.starts_with("Content-Length: ")) length = std::strtoul(std::string(line.substr(16)).c_str(), nullptr, 10);
  }
  const size_t body = frame.head ? 0 : response.body.size();
  require(bytes.size() - end - 4 == body, "an answer's body is what was answered");
  require(response.status == 204 || length == response.body.size(), "an answer says how long it is");
}

void check_refusal(const RestResponse& refusal, const RestRequest& request) {
  require(refusal.status >= 400 && refusal.status < 500, "what a client sends is the client's error", std::to_string(refusal.status));
  const auto parsed = parse_json(refusal.body);
  const auto* body = std::get_if<JsonValue>(&parsed);
  require(body && body->kind == JsonValue::Kind::object, "a refusal is a JSON object", refusal.body);
  const JsonValue *code = body->find("error_code"), *message = body->find("message");
  require(code && code->text == std::to_string(refusal.status) && message && !message->text.empty(), "a refusal has Connect's form", refusal.body);
  require(refusal.body.size() <= 12 * (request.target.size() + request.body.size()) + 2000, "a refusal is not much longer than what it refuses");
  check_bytes(refusal, {11, false, request.method == "HEAD"});
}

// ---- one request --------------------------------------------------------------------------------------------------------

// Files of rest.auth.*, made once: a user whose password nobody knows, and a token.
const RestAccess& logins() {
  static const RestAccess access = [] {
    std::string folder = (std::filesystem::temp_directory_path() / "sluice-fuzz-XXXXXX").string();
    require(mkdtemp(folder.data()) != nullptr, "there is a folder for files");
    static std::string gone;
    gone = folder;
    std::atexit([] { std::filesystem::remove_all(gone); });
    const auto write = [&](const char* name, const char* text) {
      const std::string file = folder + "/" + name;
      std::ofstream(file) << text;
      chmod(file.c_str(), 0600);
      return file;
    };
    RestAccess made;
    made.basic_file = write("users", "ops:admin:$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC\n");
    made.bearer_file = write("tokens", "read:0123456789abcdef0123456789abcdef\n");
    return made;
  }();
  return access;
}

void check_target(const RestRequest& request) {
  const auto target = parse_target(request.target);
  if (!target) return;
  std::string again;
  for (const std::string& segment : target->segments) {
    require(debezium::is_utf8(segment) && segment.find('\0') == segment.npos, "a path is UTF-8 without NUL");
    again += "/" + percent_encode(segment);
  }
  if (!again.empty()) {
    const auto read = parse_target(again + "/");
    require(read && read->segments == target->segments, "a path that is encoded again is the same path", again);
  }
  for (const auto& [name, value] : target->query) {
    require(debezium::is_utf8(name) && debezium::is_utf8(value), "a query is UTF-8");
    if (const auto number = target->number(name, 7, 1, 1000)) require(*number >= 1 && *number <= 1000, "a number is within its bounds");
    (void)target->flag(name);
  }
}

template <class Good>
void check_body(const std::variant<Good, RestResponse>& read, const RestRequest& request) {
  if (const auto* refusal = std::get_if<RestResponse>(&read)) check_refusal(*refusal, request);
}

void check_bodies(const RestRequest& request) {
  const auto created = parse_create(request.body);
  check_body(created, request);
  check_body(parse_patch(request.body), request);
  const auto config = parse_config(request.body);
  check_body(config, request);
  if (const auto* settings = std::get_if<FlatConfig>(&config))
    for (const auto& [key, value] : *settings) require(debezium::is_utf8(key) && debezium::is_utf8(value), "settings are UTF-8");
  const auto offsets = parse_offsets_list(request.body);
  check_body(offsets, request);
  if (const auto* list = std::get_if<JsonValue>(&offsets)) check_body(to_offset_edits(*list), request);
  // What is JSON stays the same JSON, whichever way it is written again.
  const auto parsed = parse_json(request.body);
  if (const auto* value = std::get_if<JsonValue>(&parsed)) {
    const auto read = parse_json(pretty_json(*value));
    require(std::holds_alternative<JsonValue>(read) && compact_json(std::get<JsonValue>(read)) == compact_json(*value), "JSON that is written again is the same");
  } else {
    fuzz::require_sentence(std::get<JsonError>(parsed).message);
  }
}

// Nobody gets in: no password is known, and the token is not in any dictionary.
void check_login(const RestRequest& request) {
  static std::chrono::steady_clock::time_point now{};
  now += std::chrono::hours(1);  // what an earlier input guessed has been forgiven
  Access access(logins());
  const Peer peer{"192.0.2.1", {}};
  for (int i = 0; i < 2; ++i) {
    const auto verdict = access.judge(request, peer, now);
    if (const auto* refusal = std::get_if<RestResponse>(&verdict)) {
      check_refusal(*refusal, request);
    } else if (const auto* check = std::get_if<PasswordCheck>(&verdict)) {
      const auto settled = access.settle(*check, false, request, peer, now);
      require(std::holds_alternative<RestResponse>(settled), "a wrong password lets nobody in");
      check_refusal(std::get<RestResponse>(settled), request);
    } else {
      const auto said = request.headers.find("authorization");
      require(said != request.headers.end() && said->second.find("0123456789abcdef0123456789abcdef") != std::string::npos, "only who knows the token gets in");
    }
  }
  (void)session_of(request);
}

void check_request(const RestRequest& request) {
  for (const auto& [name, value] : request.headers) require(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos, "a header's value is one line", value);
  if (const auto refusal = refuse_foreign(request, {"127.0.0.1", {"*.example.org"}})) check_refusal(*refusal, request);
  for (const bool takes_body : {false, true})
    if (const auto refusal = refuse_media(request, takes_body, "application/json")) check_refusal(*refusal, request);
  check_target(request);
  check_login(request);
  check_bodies(request);
}

void run(std::string_view input) {
  if (input.empty()) return;
  static const bool quiet = (spdlog::set_level(spdlog::level::off), true);
  (void)quiet;
  const size_t piece = static_cast<unsigned char>(input[0]) % 64 + 1;
  input.remove_prefix(1);
  const Heard whole = hear(input, std::string_view::npos), pieces = hear(input, piece);
  require(std::ranges::equal(whole.requests, pieces.requests, same), "the same bytes are the same requests however they are cut");
  require(whole.versions == pieces.versions && whole.stage == pieces.stage, "the same bytes end alike however they are cut");
  require(whole.refusal == pieces.refusal, "the same bytes are refused alike however they are cut", std::to_string(whole.refusal) + " " + std::to_string(pieces.refusal));
  for (const RestRequest& request : whole.requests) check_request(request);
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
