#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <tuple>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/letter_box.h"

namespace sluice {
namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : printable(text); }

void print_line(const Letter& letter, std::ostream& out) {
  const std::string origin = letter.origin ? printable(letter.origin->text()) : "(not named; letter " + letter.at.text() + ")";
  fmt::print(out, "{}  {}  {}  {}  {}\n", origin, time_text(letter.record.timestamp_ms), or_dash(letter.code), or_dash(letter.column),
             or_dash(letter.reason));
}

void print_json(const std::vector<Letter>& letters, std::ostream& out) {
  JsonWriter json;
  json.begin_array();
  for (const Letter& letter : letters) {
    begin_letter(json, letter);
    json.end_object();
  }
  json.end_array();
  fmt::print(out, "{}\n", json.result());
}

}  // namespace

int dlq_list_command(const ConnectorFiles& files, bool json, std::ostream& out, std::ostream& err) {
  const auto opened = open_letter_box(files, err);
  if (!opened) return 1;
  LetterBox& box = *opened->box;
  std::vector<Letter> letters;
  const bool all = read_letter_box(box, [&](Letter letter) {
    Record bare;  // a list needs no values
    bare.timestamp_ms = letter.record.timestamp_ms;
    letter.record = std::move(bare);
    letters.push_back(std::move(letter));
  }, err);
  if (!all) return 1;
  std::ranges::stable_sort(letters, {}, [](const Letter& letter) { return std::tie(letter.origin, letter.at); });
  if (json) {
    print_json(letters, out);
    return 0;
  }
  for (const Letter& letter : letters) print_line(letter, out);
  fmt::print(out, "{} {} in {}\n", letters.size(), letters.size() == 1 ? "letter" : "letters", box.topic());
  for (const std::string& remark : box.remarks()) fmt::print(out, "{}\n", remark);
  return 0;
}

}  // namespace sluice
