#include "rest/letters_api.h"
#include <optional>
#include <set>
#include <variant>
#include "rest/bodies.h"
#include "rest/views.h"

namespace sluice {
namespace {

constexpr size_t kDefaultMost = 100, kMost = 1000;

int status_of(LettersAnswer::Kind kind) {
  switch (kind) {
    case LettersAnswer::Kind::done: return 200;
    case LettersAnswer::Kind::invalid: return 400;
    case LettersAnswer::Kind::none: return 404;
    case LettersAnswer::Kind::busy: return 503;
    case LettersAnswer::Kind::failed: break;
  }
  return 500;
}

void write_line(JsonWriter& json, const LetterLine& line) {
  json.text("letter", line.letter).key("origin");
  if (line.origin.empty()) json.null();
  else json.text(line.origin);
  json.key("timestamp_ms").number(line.timestamp_ms);
  json.text("code", line.code).text("column", line.column).text("reason", line.reason);
}

void write_remarks(JsonWriter& json, const LettersAnswer& answer) {
  json.key("remarks").begin_array();
  for (const std::string& remark : answer.remarks) json.text(remark);
  json.end_array();
}

// Asks about the call's connector, and writes what was found.
template <class Ask, class Write>
RestResponse answer_of(const Supervisor& supervisor, const Call& call, Ask&& ask, Write&& write) {
  const auto info = supervisor.info(call.connector);
  if (!info) return connector_not_found(call.connector);
  const LettersAnswer answer = ask(info->config);
  if (answer.kind != LettersAnswer::Kind::done) return error_response(status_of(answer.kind), answer.message);
  return json_response(200, [&](JsonWriter& json) {
    json.begin_object();
    write(json, answer);
    json.end_object();
  });
}

RestResponse list(const Supervisor& supervisor, const Backend& backend, const Call& call) {
  const auto most = call.target.number("limit", kDefaultMost, 1, kMost);
  if (!most) return error_response(400, "\"limit\" is a number from 1 to 1000");
  return answer_of(supervisor, call, [&](const FlatConfig& config) { return backend.list_letters(config, *most); },
                   [](JsonWriter& json, const LettersAnswer& answer) {
                     json.text("topic", answer.topic).key("letters").begin_array();
                     for (const LetterLine& line : answer.lines) {
                       json.begin_object();
                       write_line(json, line);
                       json.end_object();
                     }
                     json.end_array().key("more").boolean(answer.more);
                     write_remarks(json, answer);
                   });
}

RestResponse show(const Supervisor& supervisor, const Backend& backend, const Call& call) {
  // A record may hold what not everybody who looks after connectors may see.
  if (call.request.caller.role != Role::admin) return error_response(403, "what is in a dead letter is shown to admins only");
  return answer_of(supervisor, call, [&](const FlatConfig& config) { return backend.show_letter(config, call.name); },
                   [](JsonWriter& json, const LettersAnswer& answer) {
                     write_line(json, answer.text->line);
                     json.key("headers").begin_array();
                     for (const auto& [name, value] : answer.text->headers) json.begin_array().text(name).text(value).end_array();
                     json.end_array().text("key", answer.text->key).text("value", answer.text->value);
                   });
}

struct Wanted {
  std::set<std::string> letters;
  bool dry = false;
};

std::variant<Wanted, RestResponse> parse_wanted(const std::string& body) {
  const auto parsed = parse_object(body, "which letters to replay");
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  const JsonValue& object = std::get<JsonValue>(parsed);
  const JsonValue *letters = object.find("letters"), *dry = object.find("dry_run");
  Wanted wanted;
  // Nothing is written because somebody misspelt what should have kept it from being written.
  if (!letters || letters->kind != JsonValue::Kind::array) return error_response(400, "\"letters\" has to be a list of places; an empty one means all");
  if (!dry || dry->kind != JsonValue::Kind::boolean) return error_response(400, "\"dry_run\" has to be true or false");
  wanted.dry = dry->text == "true";
  for (const auto& [unused, letter] : letters->items) {
    if (letter.kind != JsonValue::Kind::text) return error_response(400, "\"letters\" has to be a list of texts, TOPIC-PARTITION@OFFSET");
    wanted.letters.insert(letter.text);
  }
  return wanted;
}

RestResponse replay(const Supervisor& supervisor, const Backend& backend, const Call& call) {
  const auto parsed = parse_wanted(call.request.body);
  if (const RestResponse* refusal = std::get_if<RestResponse>(&parsed)) return *refusal;
  const Wanted& wanted = std::get<Wanted>(parsed);
  return answer_of(supervisor, call, [&](const FlatConfig& config) { return backend.replay_letters(config, wanted.letters, wanted.dry); },
                   [](JsonWriter& json, const LettersAnswer& answer) {
                     json.key("letters").begin_array();
                     for (const ReplayLine& line : answer.replayed)
                       json.begin_object().text("letter", line.letter).text("origin", line.origin).text("fate", line.fate).text("why", line.why).end_object();
                     json.end_array().text("message", answer.message);
                     write_remarks(json, answer);
                   });
}

}  // namespace

std::vector<Resource> letter_resources(const Supervisor& supervisor, const Backend& backend) {
  return {
      {"/sluice/v1/connectors/{c}/dead-letters", {{"GET", Pace::far, [&](const Call& call) { return list(supervisor, backend, call); }}}},
      {"/sluice/v1/connectors/{c}/dead-letters/replay", {{"POST", Pace::far, [&](const Call& call) { return replay(supervisor, backend, call); }, true}}},
      {"/sluice/v1/connectors/{c}/dead-letters/{n}", {{"GET", Pace::far, [&](const Call& call) { return show(supervisor, backend, call); }}}},
  };
}

}  // namespace sluice
