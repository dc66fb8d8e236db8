// The changes of one batch -> for each key what has to be done to its row in the current table: the newest values, or its
// removal. Task thread only; knows nothing of a connection.
//
// One statement can touch a row only once, so the changes of a key are folded: later values over earlier ones, and values that
// the later change does not have stay. What is folded is staged as text, grouped by which columns a row has.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/map/key_index.h"
#include "debezium_postgres_sink/map/mapping.h"

namespace sluice::debezium {

// What write/merge_sql.h makes statements of.
struct Merge {
  // What becomes of a staged row; the letter is how it is staged.
  enum Fate : char {
    upsert = 'u',
    replace = 'x',  // removed and made anew: nothing of the old row may stay
    remove = 'd',
    mark = 's',     // delete.mode: soft, and nothing but the mark changes
  };
  // Rows that have the same columns. `has` belongs to columns.
  struct Group {
    std::vector<Cell::Has> has;
    uint32_t rows = 0;
  };
  std::vector<const TargetColumn*> key;
  std::vector<const TargetColumn*> columns;  // beside the key, in the order of the text
  const TargetColumn* lsn = nullptr;         // the guard, one of columns
  const TargetColumn* deleted = nullptr;     // the mark of delete.mode: soft, one of columns
  std::vector<Group> groups;                 // of upserts and replacements; staged by their index
  bool truncate = false;                     // before everything else
  bool removes = false, marks = false;       // is there any staged row of that fate
  std::string text;                          // COPY's: group, fate, key, columns
  uint32_t rows = 0;
};

class CurrentRows {
 public:
  // Throws SettingNeeded where settings and table do not fit.
  CurrentRows(const Settings& settings, const Table& table, bool may_lack);

  void begin(int64_t now_us);  // a new batch
  // Reads a change, so that apply() cannot fail. Throws RecordError or SettingNeeded.
  void read(const Change& change, const RecordPlace& place);
  void apply();
  std::string_view key() const { return key_; }  // of the change that was read
  void truncate();
  void finish();

  const std::vector<Merge>& merges() const { return merges_; }  // after finish(), in this order
  size_t text_bytes() const { return arena_.size(); }           // of the batch's rows, before finish()
  uint64_t older_changes() const { return older_; }             // left out by the guard, in this batch
  Mapping& mapping() { return mapping_; }
  // The columns that tell rows apart, of the change that was read last.
  std::vector<const TargetColumn*> key_columns() const;

 private:
  struct Text {  // of a cell
    size_t at = 0, size = 0;
    Cell::Has has = Cell::Has::no;
  };
  struct Row {
    Merge::Fate fate = Merge::mark;
    bool deleted = false;   // written and then marked, in delete.mode: soft
    std::optional<int64_t> lsn;
    Text marked;            // in arena_: what the mark's column gets, where fate is mark or `deleted`
    size_t first_cell = 0;  // in all_cells_
    size_t cells = 0;       // by slot; their texts are in arena_
  };
  struct KeyPart {
    const TargetColumn* column;
    std::string field;
    size_t slot;
  };

  void choose_key(const Change& change);
  void choose_key_by_settings();
  void choose_key_by_record(const Change& change);
  void use_key(std::vector<KeyPart> parts);
  void append_key(const Change& change);
  void append_old_key(const Change& change);
  void append_key_value(std::string& key, const KeyPart& part, Json value, const Schema* schema) const;
  void read_cells(const Change& change, const RecordPlace& place);
  bool is_staged(const Slot& slot) const;
  Row* row_for_change(std::string_view key);
  void apply_removal(std::string_view key);
  void apply_values(std::string_view key);
  std::span<Text> cells_of(const Row& row) { return std::span(all_cells_).subspan(row.first_cell, row.cells); }
  void forget_rows();
  void close_merge();
  std::vector<size_t> staged_slots() const;
  void stage(Merge& merge, std::string_view key, const Row& row, const std::vector<size_t>& slots);
  uint32_t group_of(Merge& merge, std::span<const Text> cells, const std::vector<size_t>& slots);

  const Settings& settings_;
  const Table& table_;
  Mapping mapping_;
  const TargetColumn* lsn_ = nullptr;
  const TargetColumn* deleted_ = nullptr;

  // of the change that was read
  std::vector<KeyPart> key_parts_;
  std::vector<std::string> record_key_;  // the fields of the record's key that they were chosen by
  Operation operation_ = Operation::insert;
  std::string key_;                      // COPY's text
  std::string old_key_;                  // if the change gives the row another key
  bool has_old_key_ = false;
  std::optional<int64_t> lsn_of_change_;
  std::string mark_;                     // what the mark's column gets, if the change removes a row
  std::string text_;
  std::vector<Text> cells_;              // in text_, by slot

  // of the batch
  std::vector<Merge> merges_;
  bool truncate_ = false;
  uint64_t older_ = 0;
  std::string arena_;
  KeyIndex keys_;
  std::vector<Row> rows_;        // by the number of their keys
  std::vector<Text> all_cells_;  // of all rows
  std::string spare_text_;       // a merge's text of the last batch, whose memory the next one takes
  std::vector<Cell::Has> has_;   // of the row that is staged
};

}  // namespace sluice::debezium
