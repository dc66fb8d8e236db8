// The changes of one batch -> the body of a COPY. Task thread only; knows nothing of a connection.
//
// With the setting `columns` just those columns are written, else every column of the table that a field of some event in the
// batch is named after. A row that lacks one of them gets NULL there, so that events of before and after a change of the
// source's schema still fit into one statement. Only where a column has a default is leaving it out another thing than NULL:
// there a new COPY begins, so that what a row becomes never depends on which others are in its batch.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/map/columns.h"
#include "debezium_postgres_sink/decode/envelope.h"
#include "debezium_postgres_sink/settings.h"

namespace sluice::debezium {

struct RecordPlace {
  std::string_view topic;
  int32_t partition = 0;
  int64_t offset = 0;
};

class Rows {
 public:
  // Throws SettingNeeded where the settings do not fit the table.
  Rows(const Settings& settings, const Table& table);

  void begin(int64_t now_us);  // a new batch; `now_us`: what @now is, microseconds since 1970
  // Throws RecordError or SettingNeeded; then nothing of the record was added.
  void add(const Change& change, const RecordPlace& place);
  void finish();  // after the last one

  struct Copy {
    std::string columns;  // quoted, for COPY
    std::string text;
  };
  // After finish(): what to write, in this order.
  const std::vector<Copy>& copies() const { return copies_; }
  uint32_t size() const { return static_cast<uint32_t>(copied_ + ends_.size()); }  // rows
  std::string_view text() const { return text_; }  // of the copy that is being filled
  // Some field of the batch has no column, and `unknown.columns` is ignore.
  bool left_out_fields() const { return left_out_; }
  // What the operator should know about fields and columns that do not meet: whole sentences, each said once.
  std::vector<std::string> take_notes();

 private:
  struct Slot {
    const TargetColumn* column;
    std::string field;  // empty: meta
    Meta meta = Meta::op;
    size_t cell = 0;    // several columns may be filled from one field
  };
  struct Cell {
    Json value;
    const Schema* schema = nullptr;
    bool present = false;  // the event has the field, be it null
  };
  static constexpr int kNoSlot = -1;

  void add_slot(const TargetColumn& column, std::string_view source);
  int slot_of(std::string_view field, size_t place_in_row);
  int resolve(std::string_view field);
  void collect(const Image& image, bool only_missing);
  void replace_placeholders(const Change& change);
  bool is_placeholder(const Cell& cell, const TargetColumn& column) const;
  void append_meta(std::string& out, const Slot& slot, const Change& change, const RecordPlace& place) const;
  void collect_all(const Change& change);
  bool differs_by_default(size_t slots_before) const;
  void begin_copy();
  void close_copy();
  std::string column_list() const;
  void append_row(const Change& change, const RecordPlace& place);
  void pad_short_rows();
  void note_missing_fields();
  void note_default(const Schema& field);
  void note(std::string sentence);

  const Settings& settings_;
  const Table& table_;
  std::vector<Slot> fixed_;  // of every batch

  // of the batch
  int64_t now_us_ = 0;
  std::vector<Copy> copies_;
  size_t copied_ = 0;  // rows in them

  // of the copy that is being filled
  std::vector<Slot> slots_;
  std::map<std::string, int, std::less<>> slot_by_field_;
  std::vector<std::pair<std::string, int>> hints_;  // the n-th field of the last row, and its slot: rows are mostly alike
  std::vector<Cell> cells_;
  std::string text_;
  std::vector<size_t> ends_;                        // where each row ends in text_
  std::vector<std::pair<size_t, size_t>> growths_;  // from this row on there are so many slots
  bool left_out_ = false;
  std::set<std::string, std::less<>> seen_;         // fields that some row had; kept only where `columns` names them

  bool default_noted_ = false;
  std::set<std::string> noted_;
  std::vector<std::string> notes_;
};

std::string quote_identifier(std::string_view name);

}  // namespace sluice::debezium
