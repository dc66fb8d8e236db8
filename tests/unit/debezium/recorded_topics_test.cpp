// Whole topics of the real Debezium: what kind each of their records is.
#include <fstream>
#include <map>

#include "debezium_postgres_sink/decode/names.h"
#include "envelope_text.h"

using namespace sluice::debezium;

namespace {

using Kinds = std::map<std::string, int>;

template <class See>
void read_topic(const std::string& topic, See&& see) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/tests/data/topics/" + topic + ".jsonl");
  REQUIRE(file);
  std::string line;
  while (std::getline(file, line)) {
    const Parsed record(line);
    const auto bytes = [&](const char* field) {
      const Json text = record.json.find(field);
      return text.is_null() ? std::nullopt : std::optional(text.text());
    };
    see(bytes("key"), bytes("value"));
  }
}

Kinds kinds_in(const std::string& topic) {
  Kinds kinds;
  read_topic(topic, [&](auto key, auto value) { ++kinds[decoded(key, value)]; });
  return kinds;
}

}  // namespace

TEST_CASE("recorded topics: R12: a table without a key has changes, a tombstone of no row and a truncate") {
  for (const std::string topic : {"plain.public.nokey", "schemas.public.nokey"}) {
    CAPTURE(topic);
    CHECK(kinds_in(topic) == Kinds{{"INSERT", 4}, {"UPDATE", 2}, {"DELETE", 1}, {"skip tombstone", 1}, {"TRUNCATE", 1}});
  }
}

TEST_CASE("recorded topics: R14: a change of key is a delete, its tombstone and an insert") {
  CHECK(kinds_in("plain.public.composite") == Kinds{{"INSERT", 7}, {"UPDATE", 1}, {"DELETE", 2}, {"DELETE tombstone", 2}});
}

TEST_CASE("recorded topics: R15: transactions, heartbeats and messages are all skipped") {
  CHECK(kinds_in("schemas.transaction") == Kinds{{"skip transaction", 70}});
  CHECK(kinds_in("__debezium-heartbeat.schemas") == Kinds{{"skip heartbeat", 27}});
  for (const std::string prefix : {"plain", "schemas", "dbl"}) CHECK(kinds_in(prefix + ".message") == Kinds{{"skip message", 1}});
}

TEST_CASE("recorded topics: R13, D6: the column that Debezium broke has its name again") {
  std::vector<std::string> columns;
  EnvelopeDecoder decoder;
  read_topic("plain.public.Odd__Name", [&](auto key, auto value) {
    const Event e = decoder.decode(key, value);
    CHECK(e.change.source_table() == "Odd \"Name");
    for (const Json field : e.change.row().row) columns.push_back(repaired_name(field.key()).value_or(std::string(field.key())));
  });
  CHECK(columns == std::vector<std::string>{"Select", "weird col", "ünï", "Select", "weird col", "ünï"});
}
