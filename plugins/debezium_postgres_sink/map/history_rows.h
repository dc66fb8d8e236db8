// The changes of one batch -> the bodies of COPYs that append them to a history. Task thread only; knows nothing of a connection.
//
// A row that lacks a column that another one has gets NULL there, so that events of before and after a change of the source's
// schema still fit into one statement. Only where a column has a default is leaving it out another thing than NULL: there a
// new COPY begins, so that what a row becomes never depends on which others are in its batch.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "debezium_postgres_sink/map/mapping.h"
#include "debezium_postgres_sink/map/unchanged.h"

namespace sluice::debezium {

class HistoryRows {
 public:
  // Throws SettingNeeded where the settings do not fit the table.
  HistoryRows(const Settings& settings, const Table& table, bool may_lack);

  void begin(int64_t now_us);  // a new batch; `now_us`: what @now is, microseconds since 1970
  // `key`: tells rows of one key apart from others. Throws RecordError or SettingNeeded; then nothing of the record was added.
  void add(const Change& change, const RecordPlace& place, std::string_view key);
  void finish();  // after the last one

  struct Copy {
    std::string columns;  // quoted, for COPY
    std::string text;
  };
  // After finish(): what to write, in this order.
  const std::vector<Copy>& copies() const { return copies_; }
  uint32_t size() const { return static_cast<uint32_t>(copied_ + ends_.size()); }  // rows
  std::string_view text() const { return text_; }  // of the copy that is being filled
  Mapping& mapping() { return mapping_; }
  UnchangedValues& unchanged() { return unchanged_; }
  // A TRUNCATE has no values: does the table take a row without any?
  bool takes_empty_row() const;

 private:
  bool differs_by_default(size_t slots_before) const;
  void begin_copy();
  void close_copy();
  void append_row(const Change& change, const RecordPlace& place, std::string_view key);
  void pad_short_rows();
  std::string column_list() const;

  Mapping mapping_;
  UnchangedValues unchanged_;

  // of the batch
  std::vector<Copy> copies_;
  size_t copied_ = 0;  // rows in them

  // of the copy that is being filled
  std::string text_;
  std::vector<size_t> ends_;                        // where each row ends in text_
  std::vector<std::pair<size_t, size_t>> growths_;  // from this row on there are so many slots
};

}  // namespace sluice::debezium
