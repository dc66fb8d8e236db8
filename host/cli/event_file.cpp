#include "cli/event_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "base/json.h"

namespace sluice {
namespace {

using Kind = JsonValue::Kind;

struct Owned {
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

std::optional<std::string> text_or_null(const JsonValue* value, const char* what) {
  if (!value || value->kind == Kind::null) return std::nullopt;
  if (value->kind != Kind::text) throw std::runtime_error(fmt::format("\"{}\" has to be a text or null", what));
  return value->text;
}

int64_t number(const JsonValue& object, const char* name, int64_t initial) {
  const JsonValue* value = object.find(name);
  if (!value || value->kind == Kind::null) return initial;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value->text.data(), value->text.data() + value->text.size(), number);
  if (value->kind != Kind::number || error != std::errc{} || end != value->text.data() + value->text.size())
    throw std::runtime_error(fmt::format("\"{}\" has to be a whole number", name));
  return number;
}

void read_headers(const JsonValue& object, Owned& owned) {
  const JsonValue* headers = object.find("headers");
  if (!headers || headers->kind == Kind::null) return;
  for (const auto& [_, header] : headers->items) {
    if (headers->kind != Kind::array || header.kind != Kind::array || header.items.size() != 2 || header.items[0].second.kind != Kind::text)
      throw std::runtime_error("\"headers\" has to be a list of [name, value]");
    owned.headers.emplace_back(header.items[0].second.text, text_or_null(&header.items[1].second, "headers"));
  }
}

Record to_record(const JsonValue& object, int64_t line, bool wants_headers) {
  auto owned = std::make_unique<Owned>();
  owned->key = text_or_null(object.find("key"), "key");
  owned->value = text_or_null(object.find("value"), "value");
  read_headers(object, *owned);
  Record record;
  record.offset = number(object, "offset", line);
  record.timestamp_ms = number(object, "timestamp", -1);
  if (owned->key) std::tie(record.key, record.key_len) = std::pair(owned->key->data(), static_cast<uint32_t>(owned->key->size()));
  if (owned->value) std::tie(record.value, record.value_len) = std::pair(owned->value->data(), static_cast<uint32_t>(owned->value->size()));
  if (wants_headers)
    for (const auto& [name, value] : owned->headers)
      record.headers.push_back({name.c_str(), value ? value->data() : nullptr, static_cast<uint32_t>(name.size()),
                                value ? static_cast<uint32_t>(value->size()) : 0});
  record.memory = {owned.release(), [](void* memory) { delete static_cast<Owned*>(memory); }};
  return record;
}

void read_event(const std::string& text, int64_t line, bool wants_headers, std::map<TopicPartition, BatchPart>& parts) {
  const auto parsed = parse_json(text);
  if (const JsonError* error = std::get_if<JsonError>(&parsed)) throw std::runtime_error(error->message);
  const JsonValue& object = std::get<JsonValue>(parsed);
  const auto topic = object.kind == Kind::object ? text_or_null(object.find("topic"), "topic") : std::nullopt;
  if (!topic) throw std::runtime_error("it has to be a JSON object with a \"topic\"");
  const TopicPartition name{*topic, static_cast<int32_t>(number(object, "partition", 0))};
  BatchPart& part = parts[name];
  part.name = name;
  part.records.push_back(to_record(object, line, wants_headers));
}

}  // namespace

std::vector<BatchPart> read_events(std::istream& in, bool wants_headers) {
  std::map<TopicPartition, BatchPart> parts;
  std::string text;
  for (int64_t line = 0; std::getline(in, text); ++line) {
    if (text.find_first_not_of(" \t\r") == text.npos) continue;
    try {
      read_event(text, line, wants_headers, parts);
    } catch (const std::runtime_error& e) {
      throw std::runtime_error(fmt::format("line {}: {}", line + 1, e.what()));
    }
  }
  std::vector<BatchPart> all;
  for (auto& [name, part] : parts) {
    std::ranges::stable_sort(part.records, {}, &Record::offset);
    part.routed_topic = name.topic;
    part.next_offset = part.records.back().offset + 1;
    all.push_back(std::move(part));
  }
  return all;
}

}  // namespace sluice
