// The recorded events of the real Debezium: what the same changes become in each mode of decimals, with and without schemas.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include "orders_fact.h"

using namespace sluice::debezium;

namespace {

struct Recording {
  std::map<std::string, int> operations;
  int tombstones = 0;
  std::vector<std::vector<std::string>> rows;  // sorted, cells as COPY has them
};

// Without the times of the capture, which differ between connectors on snapshot rows.
const std::vector<std::pair<std::string, std::string>> kColumns = {
    {"operation_type", "@operation"}, {"order_id", "order_id"}, {"customer_id", "customer_id"}, {"product_name", "product_name"},
    {"amount", "amount"}, {"status", "status"}, {"created_at", "created_at"}, {"updated_at", "updated_at"}};
constexpr size_t kProduct = 3, kAmount = 4, kCreated = 6, kUpdated = 7;

Recording replay(const std::string& name) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/tests/data/orders/" + name + ".jsonl");
  REQUIRE(file);
  Settings settings = usual_settings();
  settings.columns = kColumns;
  Batched b(settings);
  Recording recording;
  std::string line;
  while (std::getline(file, line)) {
    const Parsed record(line);
    const Json key = record.json.find("key"), value = record.json.find("value");
    const Event event = b.decoder.decode(key.text(), value.is_null() ? std::nullopt : std::optional(value.text()));
    REQUIRE_FALSE(event.skip);
    if (event.change.tombstone) {
      ++recording.tombstones;
      continue;
    }
    b.rows.add(event.change, {record.json.find("topic").text(), 0, 0}, key.text());
    ++recording.operations[name_of(event.change.operation)];
  }
  b.rows.finish();
  REQUIRE(b.rows.copies().size() == 1);
  for (std::string_view text = b.rows.copies()[0].text; !text.empty();) {
    std::string_view row = text.substr(0, text.find('\n'));
    text.remove_prefix(row.size() + 1);
    auto& cells = recording.rows.emplace_back();
    for (size_t tab; (tab = row.find('\t')) != row.npos; row.remove_prefix(tab + 1)) cells.emplace_back(row.substr(0, tab));
    cells.emplace_back(row);
  }
  std::ranges::sort(recording.rows);
  return recording;
}

// The cells of one column in the INSERT of this product.
std::string inserted(const Recording& recording, std::string_view product, size_t column) {
  for (const auto& row : recording.rows)
    if (row[0] == "INSERT" && row[kProduct] == product) return row[column];
  return "no such row";
}

}  // namespace

TEST_CASE("recorded: every change of the workload is one row, and tombstones are none") {
  for (const std::string name : {"precise", "schemas", "string", "double"}) {
    CAPTURE(name);
    const Recording recording = replay(name);
    CHECK(recording.operations == std::map<std::string, int>{{"SNAPSHOT", 6}, {"INSERT", 42}, {"UPDATE", 12}, {"DELETE", 7}});
    CHECK(recording.tombstones == 7);
    CHECK(recording.rows.size() == 67);
  }
}

TEST_CASE("recorded: precise, string and schemas make the same rows, double the same to the cent") {
  const auto precise = replay("precise").rows;
  CHECK(replay("schemas").rows == precise);
  CHECK(replay("string").rows == precise);
  auto doubles = replay("double").rows;
  for (auto& row : doubles)
    if (row[kAmount] != "\\N") {
      char text[64];
      std::snprintf(text, sizeof text, "%.2f", std::strtod(row[kAmount].c_str(), nullptr));
      row[kAmount] = text;
    }
  std::ranges::sort(doubles);
  CHECK(doubles == precise);
}

TEST_CASE("recorded: amounts are those of the workload's SQL") {
  const Recording recording = replay("precise");
  struct Case { std::string product; std::string amount; };
  const Case cases[] = {
      {"highest", "99999999.99"}, {"lowest", "-99999999.99"}, {"a cent", "0.01"}, {"a cent back", "-0.01"}, {"twelve and a half back", "-12.50"},
      {"one byte", "1.27"}, {"two bytes", "1.28"}, {"one byte below zero", "-1.28"}, {"two bytes below zero", "-1.29"},
      {"two bytes, unsigned one", "2.56"}, {"nothing", "0.00"}, {"unknown", "\\N"}, {"Widget 7", "49.91"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.product);
    CHECK(inserted(recording, c.product, kAmount) == c.amount);
  }
}

TEST_CASE("recorded: timestamps are those of the workload's SQL") {
  const Recording recording = replay("schemas");
  struct Case { std::string product; std::string created; std::string updated; };
  const Case cases[] = {
      {"infinite", "infinity", "-infinity"}, {"before Christ", "4712-01-01 00:00:00 BC", "0001-12-31 23:59:59.999999 BC"},
      {"before 1970", "1969-12-31 23:59:59.999999", "0001-01-01 00:00:00"}, {"the end of 9999", "9999-12-31 23:59:59.999999", "1970-01-01 00:00:00"},
      {"leap day", "2024-02-29 12:00:00.000001", "1582-10-10 00:00:00"}, {"no time at all", "\\N", "\\N"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.product);
    CHECK(inserted(recording, c.product, kCreated) == c.created);
    CHECK(inserted(recording, c.product, kUpdated) == c.updated);
  }
}

TEST_CASE("recorded: texts are those of the workload's SQL, escaped for COPY") {
  const Recording recording = replay("precise");
  constexpr size_t kStatus = 5;
  struct Case { std::string product; std::string status; };
  std::string faces, words;
  for (int i = 0; i < 255; ++i) faces += "😀";
  for (int i = 0; i < 50; ++i) words += "語";
  const Case cases[] = {
      {"tab\\tline\\nreturn\\rbackspace\bform\fvertical\x0b" "end", "\x01\x1f\x7f"},
      {R"(single ' double " back ` slash \\ slash \\\\ {"json": [1]})", R"(\\.)"}, {R"(\\N)", R"(\\N)"}, {"", ""}, {" blanks around ", "NULL"},
      {"Robert'); DROP TABLE orders_fact; --", "$1 %s ${env:HOME}"}, {std::string(255, 'x'), std::string(50, 's')}, {faces, words},
  };
  for (const Case& c : cases) {
    CAPTURE(c.product);
    CHECK(inserted(recording, c.product, kStatus) == c.status);
  }
}
