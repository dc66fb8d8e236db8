#include <fmt/format.h>
#include <fmt/ostream.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/letter_box.h"
#include "dlq/readable.h"

namespace sluice {
namespace {

void print(const Letter& letter, std::ostream& out) {
  const Record& record = letter.record;
  fmt::print(out, "record:  {}\n", letter.origin ? printable(letter.origin->text()) : "not named");
  fmt::print(out, "letter:  {}\n", letter.at.text());
  fmt::print(out, "time:    {}\n", time_text(record.timestamp_ms));
  if (!letter.code.empty()) fmt::print(out, "code:    {}\n", printable(letter.code));
  if (!letter.column.empty()) fmt::print(out, "column:  {}\n", printable(letter.column));
  if (!letter.reason.empty()) fmt::print(out, "reason:  {}\n", printable(letter.reason));
  fmt::print(out, "headers:\n");
  for (const sluice_header& header : record.headers)
    fmt::print(out, "  {}: {}\n", printable({header.name, header.name_len}), readable(header.value, header.value_len));
  fmt::print(out, "key:\n{}\nvalue:\n{}\n", readable(record.key, record.key_len), readable(record.value, record.value_len));
}

// Key and value as text, as people are shown them; null where the record has none.
void print_json(const Letter& letter, size_t letters, std::ostream& out) {
  const Record& record = letter.record;
  const auto content = [](JsonWriter& json, const void* data, size_t size) {
    if (data) json.text(readable(data, size));
    else json.null();
  };
  JsonWriter json;
  begin_letter(json, letter);
  json.key("letters_of_this_record").number(static_cast<int64_t>(letters)).key("headers").begin_array();
  for (const sluice_header& header : record.headers) {
    json.begin_object().text("name", std::string_view(header.name, header.name_len)).key("value");
    content(json, header.value, header.value_len);
    json.end_object();
  }
  json.end_array().key("key");
  content(json, record.key, record.key_len);
  json.key("value");
  content(json, record.value, record.value_len);
  fmt::print(out, "{}\n", json.end_object().result());
}

}  // namespace

int dlq_show_command(const ConnectorFiles& files, const std::string& place, bool json, std::ostream& out, std::ostream& err) {
  const auto wanted = parse_coordinates(place);
  if (!wanted) {
    fmt::print(err, "\"{}\" is no place of a record; write TOPIC-PARTITION@OFFSET, as `sluice dlq list` does\n", printable(place));
    return 1;
  }
  const auto opened = open_letter_box(files, err);
  if (!opened) return 1;
  LetterBox& box = *opened->box;
  // A letter that does not name its origin is found by its own place.
  std::optional<Letter> found;
  size_t count = 0;
  const bool all = read_letter_box(box, [&](Letter letter) {
    if (letter.origin != wanted && letter.at != *wanted) return;
    ++count;
    found = std::move(letter);
  }, err);
  if (!all) return 1;
  if (!found) {
    fmt::print(err, "no letter in {} is of {}\n", box.topic(), wanted->text());
    return 1;
  }
  if (json) {
    print_json(*found, count, out);
    return 0;
  }
  print(*found, out);
  if (count > 1) fmt::print(out, "{} letters are of this record; this is the last one\n", count);
  return 0;
}

}  // namespace sluice
