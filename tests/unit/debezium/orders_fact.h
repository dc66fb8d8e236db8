// Rows of the warehouse's table that are fed with events as text.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fakes/orders_table.h"
#include "debezium_postgres_sink/map/history_rows.h"
#include "fixture.h"

namespace sluice::debezium {

class Batched {
 public:
  explicit Batched(Settings settings_ = usual_settings(), Table table_ = orders_fact())
      : settings(std::move(settings_)), table(std::move(table_)), rows(settings, table, false) {
    begin();
  }
  void begin() { rows.begin(1'700'000'000'000'000); }
  void add(std::optional<std::string_view> key, const std::string& value, const RecordPlace& place = {"orders", 0, 0}) {
    const Event event = decoder.decode(key, value);
    REQUIRE_FALSE(event.skip);
    rows.add(event.change, place, key.value_or(""));
  }
  // The batch, a row a line, with the columns above each copy.
  std::string finished() {
    rows.finish();
    std::string all;
    for (const HistoryRows::Copy& copy : rows.copies()) all += copy.columns + "\n" + copy.text;
    return all;
  }

  Settings settings;
  Table table;
  HistoryRows rows;
  EnvelopeDecoder decoder;
};

}  // namespace sluice::debezium
