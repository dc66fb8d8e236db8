// Requests recorded from Kafka Connect 4.1.1, replayed against the routes. oracle_cases.jsonl holds one a line: what is
// given, what is sent, what is expected; `differs` says why, where sluice answers otherwise on purpose. Values that depend
// on the run are "-" there and only have to be present.
#include <fstream>
#include <set>
#include "base/json.h"
#include "unit/rest/fixture.h"

using namespace sluice;
using namespace sluice::test;

namespace {

JsonValue json_of(const std::string& text) {
  auto parsed = parse_json(text);
  if (const JsonError* error = std::get_if<JsonError>(&parsed)) throw std::runtime_error(error->message + ": " + text);
  return std::get<JsonValue>(parsed);
}

std::string text_of(const JsonValue& object, const char* key) {
  const JsonValue* value = object.find(key);
  return value ? value->text : "";
}

// Empty, or where and how they differ. The order of an object's members does not matter, that of a list does.
std::string difference(const JsonValue& expected, const JsonValue& got, const std::string& at = "answer") {
  if (expected.kind == JsonValue::Kind::text && expected.text == "-") return got.text.empty() ? at + " is empty" : "";
  if (expected.kind != got.kind || expected.text != got.text) return at + ": expected \"" + expected.text + "\", got \"" + got.text + "\"";
  if (expected.items.size() != got.items.size()) return at + ": another number of members";
  for (size_t i = 0; i < expected.items.size(); ++i) {
    const std::string& key = expected.items[i].first;
    const bool list = expected.kind == JsonValue::Kind::array;
    const JsonValue* member = list ? &got.items[i].second : got.find(key);
    if (!member) return at + "." + key + " is missing";
    const std::string found = difference(expected.items[i].second, *member, at + "." + (list ? std::to_string(i) : key));
    if (!found.empty()) return found;
  }
  return "";
}

std::set<std::string> words(const std::string& list) {
  std::set<std::string> found;
  std::stringstream stream(list);
  for (std::string word; std::getline(stream, word, ',');) found.insert(word);
  return found;
}

// "restprobe-x failed paused": a connector's name and what happened to it, in order.
void give(RestFixture& rest, const std::string& given) {
  std::stringstream stream(given);
  std::string name, what;
  stream >> name;
  if (name == "nothing") return;
  const FlatConfig config{{"connector.class", "FileStreamSink"}, {"tasks.max", name == "restprobe-m" ? "2" : "1"},
                          {"topics", "restprobe-a"}, {"file", "/dev/null"},
                          {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
                          {"value.converter", "org.apache.kafka.connect.storage.StringConverter"}};
  (void)rest.supervisor.create(name, config, TargetState::running);
  while (stream >> what) {
    if (what == "stopping") rest.backend.hold_ends();
    if (what == "failed")
      for (const auto& task : rest.backend.started(name)) task->fails("VALUE_CONVERTER: not JSON");
    if (what == "paused") (void)rest.supervisor.set_target(name, TargetState::paused);
    if (what == "stopped" || what == "stopping") (void)rest.supervisor.set_target(name, TargetState::stopped);
  }
  // Lets the supervisor look at what the tasks report now; a plain restart does nothing else.
  (void)rest.supervisor.restart(name, false, false);
}

RestRequest request_of(const JsonValue& line) {
  RestRequest request{text_of(line, "method"), text_of(line, "target"), {}, text_of(line, "body")};
  for (const auto& [name, value] : line.find("headers")->items) request.headers[name] = value.text;
  return request;
}

}  // namespace

TEST_CASE("oracle: what Connect was asked is answered as Connect did, or as our deviations say") {
  std::ifstream file(ORACLE_CASES);
  REQUIRE(file.good());
  int count = 0;
  for (std::string text; std::getline(file, text); ++count) {
    const JsonValue line = json_of(text);
    CAPTURE(text);
    RestFixture rest;
    give(rest, text_of(line, "given"));
    const RestResponse response = rest.routes(request_of(line));
    CAPTURE(response.body);

    const std::string status = text_of(line, "status");
    CHECK(std::to_string(response.status) == status);
    if (const JsonValue* answer = line.find("answer")) CHECK(difference(*answer, json_of(response.body)) == "");
    else if (response.status >= 400) CHECK(text_of(json_of(response.body), "error_code") == status);
    if (response.status == 204) CHECK(response.body == "");
    const auto location = response.headers.find("Location");
    CHECK((location == response.headers.end() ? "" : location->second) == text_of(line, "location"));
    if (line.find("allow")) CHECK(words(response.headers.at("Allow")) == words(text_of(line, "allow")));
  }
  CHECK(count > 200);
}
