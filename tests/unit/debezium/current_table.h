// A current table, as the catalogue has it, and CurrentRows that are fed with events as text.
#pragma once
#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "debezium_postgres_sink/map/current_rows.h"
#include "orders_fact.h"

namespace sluice::debezium {

inline Table notes() {
  return {R"("public"."notes")", "notes",
          {column("id", TypeKind::integer, "integer"), column("note", TypeKind::text, "text"), column("extra", TypeKind::text, "text"),
           column("lsn", TypeKind::integer, "bigint"), column("gone", TypeKind::boolean, "boolean"),
           column("gone_at", TypeKind::timestamp, "timestamp without time zone")},
          {{"id"}, {"note"}}};
}

inline Settings current_settings() {
  Settings s = usual_settings();
  s.mode = Mode::current;
  return s;
}

// An event of the operation `op`; images are JSON or null, and each event is a second later than what its LSN says.
inline std::string change(const std::string& op, const std::string& before, const std::string& after, int lsn = 1) {
  const std::string number = std::to_string(lsn);
  return R"({"op":")" + op + R"(","before":)" + before + R"(,"after":)" + after + R"(,"source":{"ts_ms":)" + number + R"(000,"lsn":)" + number +
         R"(,"schema":"public","table":"notes"}})";
}
inline std::string key_of(int id) { return R"({"id":)" + std::to_string(id) + "}"; }

class Folded {
 public:
  explicit Folded(Settings settings_ = current_settings(), Table table_ = notes())
      : settings(std::move(settings_)), table(std::move(table_)), rows(settings, table, false) {
    begin();
  }
  void begin() { rows.begin(1'700'000'000'000'000); }
  void add(std::optional<std::string_view> key, std::optional<std::string_view> value) {
    const Event event = decoder.decode(key, value);
    REQUIRE_FALSE(event.skip);
    rows.read(event.change, {"notes", 0, 0});
    rows.apply();
  }
  void upsert(int id, const std::string& row, int lsn = 1) { add(key_of(id), change("u", "null", row, lsn)); }
  void remove(int id, int lsn = 1) { add(key_of(id), change("d", key_of(id), "null", lsn)); }
  void tombstone(int id) { add(key_of(id), std::nullopt); }

  // What is staged: a line for each row, by key: its fate, its key, its cells. "-" is a column that no event of the row had, "~"
  // a large value that did not change. Each merge begins with its columns, or with TRUNCATE.
  std::string finished() {
    rows.finish();
    std::string all;
    for (const Merge& merge : rows.merges()) all += shown(merge);
    return all;
  }

  Settings settings;
  Table table;
  CurrentRows rows;
  EnvelopeDecoder decoder{true};

 private:
  static std::string shown(const Merge& merge) {
    std::string head = merge.truncate ? "TRUNCATE" : "";
    for (const auto* columns : {&merge.key, &merge.columns})
      for (const TargetColumn* c : *columns) head += (head.empty() ? "" : " ") + c->name;
    std::vector<std::string> lines;
    std::istringstream text(merge.text);
    for (std::string line; std::getline(text, line);) lines.push_back(shown(merge, line));
    std::ranges::sort(lines, {}, [](const std::string& line) { return line.substr(2); });
    head += "\n";
    for (const std::string& line : lines) head += line + "\n";
    return head;
  }

  static std::string shown(const Merge& merge, const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream text(line + "\t");  // an empty last cell is one, too
    for (std::string cell; std::getline(text, cell, '\t');) cells.push_back(cell);
    const bool has_values = cells[1] == "u" || cells[1] == "x";
    std::string all = cells[1];
    for (size_t i = 2; i < cells.size(); ++i) {
      const size_t column = i - 2 - merge.key.size();
      const auto has = i < 2 + merge.key.size() || !has_values ? Cell::Has::yes : merge.groups[std::stoul(cells[0])].has[column];
      if (has != Cell::Has::yes) CHECK(cells[i] == "\\N");
      all += " " + (has == Cell::Has::yes ? cells[i] : std::string(has == Cell::Has::no ? "-" : "~"));
    }
    return all;
  }
};

}  // namespace sluice::debezium
