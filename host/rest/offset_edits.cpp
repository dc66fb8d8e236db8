#include "rest/offset_edits.h"
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <fmt/format.h>
#include "rest/views.h"

namespace sluice {
namespace {

using Kind = JsonValue::Kind;

RestResponse bad(const std::string& message) { return error_response(400, message); }

// Of a number or a text, as Connect takes them.
template <class Number>
std::optional<Number> to_number(const JsonValue* value) {
  if (!value || (value->kind != Kind::number && value->kind != Kind::text)) return std::nullopt;
  const char *begin = value->text.data(), *end = begin + value->text.size();
  if (begin != end && *begin == '+') ++begin;
  Number number{};
  const auto [stop, error] = std::from_chars(begin, end, number);
  return error == std::errc{} && stop == end && begin != end ? std::optional(number) : std::nullopt;
}

std::string shown(const JsonValue* value) {
  if (!value || value->kind == Kind::null) return "null";
  return value->kind == Kind::object ? "an object" : value->kind == Kind::array ? "a list" : value->text;
}

// ISO 8601 with a zone: 2025-01-01T00:00:00Z, 2025-01-01T00:00:00.5+02:00. Milliseconds of the epoch.
std::optional<int64_t> to_time(const std::string& text) {
  int year, month, day, hour, minute, second, read = 0;
  char separator;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%c%2d:%2d:%2d%n", &year, &month, &day, &separator, &hour, &minute, &second, &read) != 7 || read != 19 ||
      (separator != 'T' && separator != 't' && separator != ' '))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  size_t at = 19;
  int64_t milliseconds = 0;
  if (at < text.size() && text[at] == '.') {
    const size_t begin = ++at;
    bool more = false;  // than milliseconds, which is what records have: the first that is not older is in the next one
    for (int64_t unit = 100; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      milliseconds += unit * (text[at] - '0');
      more = more || (unit == 0 && text[at] != '0');
    }
    if (at == begin) return std::nullopt;
    milliseconds += more ? 1 : 0;
  }
  int zone_hour = 0, zone_minute = 0;
  const std::string zone = text.substr(at);
  if (zone != "Z" && zone != "z") {
    read = 0;
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') ||
        std::sscanf(zone.c_str() + 1, "%2d:%2d%n", &zone_hour, &zone_minute, &read) != 2 || read != 5 || zone_hour < 0 || zone_hour > 23 || zone_minute < 0 ||
        zone_minute > 59)
      return std::nullopt;
  }
  const int64_t offset = (zone.starts_with('-') ? -1 : 1) * (zone_hour * 60 + zone_minute);
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute - offset) * 60'000 + second * 1000 + milliseconds;
}

std::variant<OffsetEdit, RestResponse> to_edit(const JsonValue* offset) {
  using To = OffsetEdit::To;
  if (!offset || offset->kind == Kind::null) return OffsetEdit{To::unset, 0};
  if (offset->kind == Kind::text && offset->text == "earliest") return OffsetEdit{To::earliest, 0};
  if (offset->kind == Kind::text && offset->text == "latest") return OffsetEdit{To::latest, 0};
  if (offset->kind != Kind::object)
    return bad("An offset is null, \"earliest\", \"latest\", {\"kafka_offset\": NUMBER} or {\"timestamp\": MILLISECONDS or an ISO 8601 time with zone}");
  const JsonValue *number = offset->find("kafka_offset"), *time = offset->find("timestamp");
  if (number && time) return bad("An offset has either kafka_offset or timestamp, not both");
  if (time) {
    std::optional<int64_t> at = to_number<int64_t>(time);
    if (!at && time->kind == Kind::text) at = to_time(time->text);
    if (!at || *at < 0)
      return bad(fmt::format("The timestamp {} is neither milliseconds since 1970 nor a time with its zone such as 2025-01-01T00:00:00Z", shown(time)));
    return OffsetEdit{To::time, *at};
  }
  if (!number) return bad("The offset for a sink connector should either be null or contain the key 'kafka_offset'");
  const auto value = to_number<int64_t>(number);
  if (!value)
    return bad(fmt::format("Failed to parse the following Kafka offset value in the provided offsets: '{}'. Offset values for sink connectors need "
                           "to be integers.", shown(number)));
  if (*value < 0) return bad(fmt::format("The offset {} is negative; to reset a partition write \"offset\": null", *value));
  return OffsetEdit{To::offset, *value};
}

std::variant<TopicPartition, RestResponse> to_partition(const JsonValue& item) {
  if (item.kind != Kind::object) return bad("Each of the offsets has to be a JSON object with partition and offset");
  const JsonValue* partition = item.find("partition");
  if (!partition || partition->kind == Kind::null) return bad("The partition for a sink connector offset cannot be null or missing");
  const JsonValue *topic = partition->kind == Kind::object ? partition->find("kafka_topic") : nullptr,
                  *number = partition->kind == Kind::object ? partition->find("kafka_partition") : nullptr;
  if (!topic || !number) return bad("The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'");
  if (topic->kind == Kind::null) return bad("Kafka topic names must be valid strings and may not be null");
  if (topic->kind == Kind::object || topic->kind == Kind::array) return bad("Kafka topic names must be valid strings");
  const auto value = to_number<int32_t>(number);
  if (!value)
    return bad(fmt::format("Failed to parse the following Kafka partition value in the provided offsets: '{}'. Partition values for sink "
                           "connectors need to be integers.", shown(number)));
  if (*value < 0) return bad(fmt::format("The partition {} is negative; partitions are counted from 0", *value));
  return TopicPartition{topic->text, *value};
}

}  // namespace

std::variant<JsonValue, RestResponse> parse_offsets_list(const std::string& body) {
  constexpr const char* kNone = "Partitions / offsets need to be provided for an alter offsets request";
  if (body.find_first_not_of(" \t\r\n") == body.npos) return bad("the request has no body; JSON is expected");
  auto parsed = parse_json(body);
  if (const JsonError* error = std::get_if<JsonError>(&parsed)) return bad(error->message);
  const JsonValue& request = std::get<JsonValue>(parsed);
  if (request.kind != Kind::object) return bad("the request has to be a JSON object");
  const JsonValue* list = request.find("offsets");
  if (!list || list->kind == Kind::null) return bad(kNone);
  if (list->kind != Kind::array) return bad("\"offsets\" has to be a list");
  if (list->items.empty()) return bad(kNone);
  return *list;
}

std::variant<OffsetEdits, RestResponse> to_offset_edits(const JsonValue& list) {
  OffsetEdits edits;
  for (const auto& [none, item] : list.items) {
    auto partition = to_partition(item);
    if (RestResponse* refusal = std::get_if<RestResponse>(&partition)) return std::move(*refusal);
    auto edit = to_edit(item.find("offset"));
    if (RestResponse* refusal = std::get_if<RestResponse>(&edit)) return std::move(*refusal);
    edits[std::get<TopicPartition>(partition)] = std::get<OffsetEdit>(edit);
  }
  return edits;
}

}  // namespace sluice
