#include "recording.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <tuple>

namespace sluice::demo {
namespace {

constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error(what); }

const rapidjson::Value& member(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd()) refuse(fmt::format("\"{}\" is missing", name));
  return found->value;
}

int64_t number(const rapidjson::Value& object, const char* name) {
  const rapidjson::Value& value = member(object, name);
  if (!value.IsInt64()) refuse(fmt::format("\"{}\" is not a whole number", name));
  return value.GetInt64();
}

std::optional<std::string> text_or_null(const rapidjson::Value& value, const char* name) {
  if (value.IsNull()) return std::nullopt;
  if (!value.IsString()) refuse(fmt::format("\"{}\" is neither text nor null", name));
  return std::string(value.GetString(), value.GetStringLength());
}

Headers read_headers(const rapidjson::Value& list) {
  Headers headers;
  if (!list.IsArray()) refuse("\"headers\" is not a list");
  for (const rapidjson::Value& pair : list.GetArray()) {
    if (!pair.IsArray() || pair.Size() != 2 || !pair[0].IsString()) refuse("a header is not a list of a name and a text");
    headers.emplace_back(pair[0].GetString(), text_or_null(pair[1], "headers"));
  }
  return headers;
}

RecordedEvent read_line(const std::string& line) {
  rapidjson::Document json;
  json.Parse<kParseFlags>(line.data(), line.size());
  if (json.HasParseError() || !json.IsObject()) refuse("not a JSON object");
  RecordedEvent event;
  event.topic = text_or_null(member(json, "topic"), "topic").value_or("");
  event.partition = static_cast<int32_t>(number(json, "partition"));
  event.offset = number(json, "offset");
  event.timestamp_ms = number(json, "timestamp");
  event.key = text_or_null(member(json, "key"), "key");
  event.value = text_or_null(member(json, "value"), "value");
  event.headers = read_headers(member(json, "headers"));
  return event;
}

// The envelope, out of its schema block if it has one.
const rapidjson::Value& payload(const rapidjson::Document& value) {
  return value.IsObject() && value.HasMember("schema") && value.HasMember("payload") ? value["payload"] : value;
}

bool is_full_update(const RecordedEvent& event) {
  if (!event.key || !event.value) return false;
  rapidjson::Document json;
  json.Parse<kParseFlags>(event.value->data(), event.value->size());
  if (json.HasParseError() || !payload(json).IsObject()) return false;
  const rapidjson::Value& envelope = payload(json);
  const auto is_object = [&](const char* name) { return envelope.HasMember(name) && envelope[name].IsObject(); };
  return envelope.HasMember("op") && envelope["op"] == "u" && is_object("before") && is_object("after") && is_object("source");
}

}  // namespace

std::vector<RecordedEvent> read_recording(const std::vector<std::string>& files) {
  std::vector<RecordedEvent> events;
  for (const std::string& file : files) {
    std::ifstream in(file);
    if (!in) refuse(fmt::format("cannot read the recording {}: name an existing file with --file", file));
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      if (line.empty()) continue;
      try {
        events.push_back(read_line(line));
      } catch (const std::runtime_error& e) {
        refuse(fmt::format("{}:{}: {}; each line holds one record with topic, partition, offset, timestamp, key, value, headers",
                           file, number, e.what()));
      }
    }
  }
  if (events.empty()) refuse("the recording is empty: name a file that holds records with --file");
  std::ranges::stable_sort(events, {}, [](const RecordedEvent& e) { return std::tie(e.topic, e.partition, e.offset); });
  return events;
}

const RecordedEvent& recorded_update(const std::vector<RecordedEvent>& events) {
  const auto found = std::ranges::find_if(events, is_full_update);
  if (found == events.end()) {
    refuse("the recording holds no update with the whole row before and after it: record a table with replica identity full");
  }
  return *found;
}

}  // namespace sluice::demo
