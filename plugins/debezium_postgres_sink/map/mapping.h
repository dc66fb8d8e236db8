// Which field of an event fills which column of one table. Task thread only.
//
// With the setting `columns` just those columns are written, else every column that a field is named after, found as fields
// come up. An event is read into cells; both kinds of rows are made from them.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/decode/envelope.h"
#include "debezium_postgres_sink/decode/placeholder.h"
#include "debezium_postgres_sink/map/columns.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

struct RecordPlace {
  std::string_view topic;
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = -1;  // Kafka's; -1: none
};

struct Slot {
  const TargetColumn* column;
  std::string field;  // empty: meta
  Meta meta = Meta::op;
  size_t cell = 0;    // several columns may be filled from one field
  std::string text = {};  // Meta::value
};

struct Cell {
  enum class Has : uint8_t {
    no,         // the event does not have the field
    yes,        // it has, be it null
    unchanged,  // a large value that the update did not touch, and that Debezium therefore did not send
  };
  Json value;
  const Schema* schema = nullptr;
  Has has = Has::no;
};

// A column that some event wants and the table lacks, where `unknown.columns` is add.
struct WantedColumn {
  std::string name, sql_type;
};

class Mapping {
 public:
  // Throws SettingNeeded where the settings do not fit the table. Columns of `columns` that the table lacks are left out where
  // `may_lack`: in mode `both` the other table has them.
  Mapping(const Settings& settings, const Table& table, bool may_lack);

  const Table& table() const { return table_; }
  // The columns that are filled, in the order in which they came up. Slots below fixed() are those of every event.
  const std::vector<Slot>& slots() const { return slots_; }
  size_t fixed() const { return fixed_.size(); }
  const std::vector<Cell>& cells() const { return cells_; }
  // Only what `columns` lists is written.
  bool is_listed() const { return settings_.lists_columns(); }

  // Forgets the columns that were found. Slots at or above `keep` go.
  void reset();
  void shrink(size_t keep);

  // An event's image into cells(), which may make slots. Throws SettingNeeded.
  void read(const Change& change);
  // The slot for a field, which is made if need be; kNoSlot where no column is filled from it.
  static constexpr int kNoSlot = -1;
  int slot_of(std::string_view field, const Schema* schema = nullptr, bool flattened = false);

  // One cell as COPY's text. Throws RecordError, SettingNeeded.
  void append(std::string& out, const Slot& slot, const Change& change, const RecordPlace& place) const;
  void append_value(std::string& out, const TargetColumn& column, Json value, const Schema* schema) const;

  void begin(int64_t now_us);  // a new batch
  void end();                  // after its last event
  // Some field of the batch has no column, and `unknown.columns` is ignore.
  bool left_out_fields() const { return left_out_; }
  const std::vector<WantedColumn>& wanted() const { return wanted_; }
  // What the operator should know about fields and columns that do not meet: whole sentences, each said once.
  std::vector<std::string> take_notes();

 private:
  void add_slot(const TargetColumn& column, std::string_view source);
  int hinted_slot(const Json& member, size_t place_in_row, const Schema* schema, bool flattened);
  void collect(const Image& image, bool only_missing, bool flattened);
  void replace_unchanged(const Change& change);
  const TargetColumn* column_for(std::string_view field) const;
  int listed_slot(std::string_view field) const;
  bool is_left_out(std::string_view field) const;
  void append_meta(std::string& out, const Slot& slot, const Change& change, const RecordPlace& place) const;
  void want(std::string_view field, const Schema* schema);
  void note_default(const Schema& field);
  void note(std::string sentence);

  const Settings& settings_;
  const Table& table_;
  const Placeholder placeholder_;
  std::vector<Slot> fixed_;

  std::string now_text_;  // what @now is, as COPY has it
  size_t events_ = 0;  // of the batch
  std::vector<Slot> slots_;
  std::vector<Cell> cells_;
  std::map<std::string, int, std::less<>> slot_by_field_;
  std::vector<std::pair<std::string, int>> hints_;  // the n-th field of the last row, and its slot: rows are mostly alike
  std::set<std::string, std::less<>> seen_;         // fields that some row had; kept only where `columns` names them
  bool left_out_ = false;
  std::vector<WantedColumn> wanted_;

  bool default_noted_ = false;
  std::set<std::string> noted_;
  std::vector<std::string> notes_;
};

// As COPY's text; a record that does not say the time gets Kafka's.
void append_time(std::string& out, std::optional<int64_t> us, const RecordPlace& place);
// An LSN as the column holds it: pg_lsn has a form of its own.
void append_lsn(std::string& out, std::optional<int64_t> lsn, const ColumnType& type);

// The only two ways of a name or a text into SQL; tests/deploy/test_lint.py looks that there is no third. Throws SettingNeeded for a name that
// Postgres cannot have.
std::string quote_identifier(std::string_view name);
std::string quote_literal(std::string_view text);

}  // namespace sluice::debezium
