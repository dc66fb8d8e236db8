#include "cli/letter_box.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

namespace sluice {
namespace {

void write_place(JsonWriter& json, const char* key, const std::optional<Coordinates>& place) {
  json.key(key);
  if (!place) {
    json.null();
    return;
  }
  json.begin_object().text("topic", place->partition.topic).key("partition").number(place->partition.partition);
  json.key("offset").number(place->offset).end_object();
}

}  // namespace

std::optional<OpenedLetterBox> open_letter_box(const ConnectorFiles& files, std::ostream& err) {
  OpenedLetterBox opened;
  Problems problems;
  opened.connector = open_connector(files.host_file, files.connector_file, problems);
  for (const Problem& problem : problems) fmt::print(err, "{}\n", describe(problem));
  if (!opened.connector) return std::nullopt;
  const ConnectorSettings& settings = opened.connector->checked.settings;
  if (settings.errors.dead_letter_topic.empty()) {
    fmt::print(err, "connector {} has no dead letters: errors.deadletterqueue.topic.name is not set in {}\n", settings.name,
               files.connector_file.string());
    return std::nullopt;
  }
  opened.box = std::make_unique<LetterBox>(opened.connector->host, opened.connector->checked);
  return opened;
}

bool read_letter_box(LetterBox& box, const std::function<void(Letter)>& each, std::ostream& err) {
  const Outcome outcome = box.read(each);
  if (!outcome.ok()) fmt::print(err, "{}\n", outcome.message);
  return outcome.ok();
}

void begin_letter(JsonWriter& json, const Letter& letter) {
  json.begin_object();
  write_place(json, "origin", letter.origin);
  write_place(json, "letter", letter.at);
  json.key("timestamp").number(letter.record.timestamp_ms);
  json.text("code", letter.code).text("column", letter.column).text("reason", letter.reason);
}

std::string time_text(int64_t milliseconds) {
  if (milliseconds < 0) return "-";
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z", fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)), milliseconds % 1000);
}

}  // namespace sluice
