#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <set>

#include "base/json.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/letter_box.h"
#include "cli/progress.h"
#include "dlq/replay.h"
#include "plugin/extensions.h"

namespace sluice {
namespace {

// Which records the user named; none: all. Null, with a line to `err`, where a text is no place.
std::optional<std::set<Coordinates>> parse_places(const std::vector<std::string>& texts, std::ostream& err) {
  std::set<Coordinates> places;
  for (const std::string& text : texts) {
    const auto place = parse_coordinates(text);
    if (!place) {
      fmt::print(err, "\"{}\" is no place of a record; write TOPIC-PARTITION@OFFSET, as `sluice dlq list` does\n", printable(text));
      return std::nullopt;
    }
    places.insert(*place);
  }
  return places;
}

void print_text(const Replay& replay, std::ostream& out) {
  std::map<Fate, size_t> counts;
  for (const auto& [origin, letter] : replay.letters()) {
    ++counts[letter.fate];
    fmt::print(out, "{}  {}{}\n", printable(origin.text()), name_of(letter.fate), letter.why.empty() ? "" : ": " + letter.why);
  }
  std::string summary = fmt::format("{} {}", replay.letters().size(), replay.letters().size() == 1 ? "record" : "records");
  for (const auto& [fate, count] : counts) summary += fmt::format("{}{} {}", &fate == &counts.begin()->first ? ": " : ", ", count, name_of(fate));
  fmt::print(out, "{}\n", summary);
}

void print_json(const Replay& replay, std::ostream& out) {
  JsonWriter json;
  json.begin_array();
  for (const auto& [origin, letter] : replay.letters()) {
    json.begin_object().text("topic", origin.partition.topic).key("partition").number(origin.partition.partition);
    json.key("offset").number(origin.offset).text("fate", name_of(letter.fate)).text("why", letter.why).end_object();
  }
  json.end_array();
  fmt::print(out, "{}\n", json.result());
}

bool leaves_work(Fate fate) { return fate == Fate::open || fate == Fate::still_bad || fate == Fate::refused; }

}  // namespace

int dlq_replay_command(const ConnectorFiles& files, const std::vector<std::string>& texts, bool dry, bool json, std::ostream& out,
                       std::ostream& err) {
  // Before any client of Kafka, whose threads log: it changes where the log goes.
  Progress progress(!json);
  auto places = parse_places(texts, err);
  if (!places) return 1;
  const auto opened = open_letter_box(files, err);
  if (!opened) return 1;
  LetterBox& box = *opened->box;
  const CheckedConnector& connector = opened->connector->checked;
  if (!replay_extension(*connector.plugin)) {
    fmt::print(err, "the plugin {} takes no dead letters back: it has no extension " SLUICE_REPLAY_1 "\n", connector.plugin->name);
    return 1;
  }

  Replay replay(connector, box.reader());
  const bool by_name = !places->empty();
  uint64_t read = 0;
  std::ostringstream complaints;
  const bool all = read_letter_box(box, [&](Letter letter) {
    progress.show("reading letters", ++read);
    if (!letter.origin || (by_name && !places->contains(*letter.origin))) return;
    replay.add(std::move(letter));
  }, complaints);
  progress.end();
  err << complaints.str();
  if (!all) return 1;
  for (const auto& [origin, letter] : replay.letters()) places->erase(origin);
  for (const Coordinates& missing : *places) fmt::print(err, "no letter in {} is of {}\n", box.topic(), printable(missing.text()));

  const Outcome outcome = replay.run(dry, [&](const char* what, uint64_t done, uint64_t of) { progress.show(what, done, of); });
  progress.end();
  if (json) print_json(replay, out);
  else print_text(replay, out);
  for (const std::string& remark : box.remarks()) fmt::print(json ? err : out, "{}\n", remark);
  if (!outcome.ok()) fmt::print(err, "stopped: {}; what is done stays done, replay again for the rest\n", outcome.message);
  const bool nameless_left = !by_name && box.without_origin() > 0;
  const bool work_left = nameless_left || std::ranges::any_of(replay.letters(), [](const auto& entry) { return leaves_work(entry.second.fate); });
  return outcome.ok() && places->empty() && !work_left ? 0 : 1;
}

}  // namespace sluice
