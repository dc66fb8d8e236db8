// The changes of one batch -> the bodies of COPYs that append them to a history. Task thread only; knows nothing of a connection.
//
// A row that lacks a column that another one has gets NULL there, so that events of before and after a change of the source's
// schema still fit into one statement. Only where a column has a default is leaving it out another thing than NULL: there a
// new COPY begins, so that what a row becomes never depends on which others are in its batch.
//
// Rows are kept until the batch is read, or poured out in pieces meanwhile, so that the database has work while the rest is read.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/map/mapping.h"
#include "debezium_postgres_sink/map/unchanged.h"

namespace sluice::debezium {

enum class CopyFormat { text, binary };

// Takes rows of a table in the order of the records, while the batch is still being read.
class RowOutlet {
 public:
  virtual ~RowOutlet() = default;
  // May rows come in COPY's binary format where all their columns have one? The same for all of a batch.
  virtual bool takes_binary() const = 0;
  // `rows`: in the binary format without what stands before the first and after the last.
  virtual void pour(const Table& table, const std::string& columns, CopyFormat format, std::string_view rows) = 0;
};

// What was poured cannot be taken back, and turns out to be other than it should: the batch has to be read anew and kept.
struct CannotPour {
  bool for_binary = false;  // as text it might have been poured
};

class HistoryRows {
 public:
  // Throws SettingNeeded where the settings do not fit the table.
  HistoryRows(const Settings& settings, const Table& table, bool may_lack);

  // A new batch; `now_us`: what @now is, microseconds since 1970. With an outlet its rows are poured, and copies() stays empty.
  void begin(int64_t now_us, RowOutlet* outlet = nullptr);
  // `key`: tells rows of one key apart from others. Throws RecordError or SettingNeeded; then nothing of the record was added.
  // Throws what the outlet throws, and CannotPour.
  void add(const Change& change, const RecordPlace& place, std::string_view key);
  void finish();  // after the last one

  struct Copy {
    std::string columns;  // quoted, for COPY
    std::string text;
  };
  // After finish(): what to write, in this order.
  const std::vector<Copy>& copies() const { return copies_; }
  uint32_t size() const { return static_cast<uint32_t>(copied_ + poured_ + ends_.size()); }  // rows
  std::string_view text() const { return text_; }  // of the copy that is being filled
  Mapping& mapping() { return mapping_; }
  UnchangedValues& unchanged() { return unchanged_; }
  // A TRUNCATE has no values: does the table take a row without any?
  bool takes_empty_row() const;

 private:
  bool differs_by_default(size_t slots_before) const;
  void begin_copy();
  void close_copy();
  void pour();
  size_t rows_in_copy() const { return poured_ + ends_.size(); }
  void append_row(const Change& change, const RecordPlace& place, std::string_view key);
  void append_cell(std::string& out, const Slot& slot, const Change& change, const RecordPlace& place, std::string_view key);
  void append_binary_row(const Change& change, const RecordPlace& place, std::string_view key);
  bool may_be_binary() const;
  void pad_short_rows();
  void pad(std::string& out, std::string_view row, size_t cells) const;
  std::string column_list() const;

  Mapping mapping_;
  UnchangedValues unchanged_;

  // of the batch
  RowOutlet* outlet_ = nullptr;
  std::vector<Copy> copies_;
  size_t copied_ = 0;  // rows in them

  // of the copy that is being filled
  CopyFormat format_ = CopyFormat::text;
  size_t poured_ = 0;        // rows
  size_t poured_slots_ = 0;  // each of them has so many cells
  std::string text_;         // the rows after them, in the copy's format
  std::vector<size_t> ends_;                        // where each row ends in text_
  std::vector<std::pair<size_t, size_t>> growths_;  // from this row on there are so many slots
  std::string cell_;                                // before it is translated
};

}  // namespace sluice::debezium
