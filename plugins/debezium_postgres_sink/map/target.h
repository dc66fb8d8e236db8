// Where the changes of one source table go: a history, a table of current rows, or both. Task thread only.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "debezium_postgres_sink/map/current_rows.h"
#include "debezium_postgres_sink/map/history_rows.h"

namespace sluice::debezium {

class Target {
 public:
  // By mode, one of the tables or both. Throws SettingNeeded where the settings do not fit them.
  Target(const Settings& settings, std::optional<Table> history, std::optional<Table> current);
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  void begin(int64_t now_us, RowOutlet* outlet = nullptr);  // a new batch; the outlet is the history's
  // `record_key`: its bytes. Throws RecordError or SettingNeeded; then nothing of the record was added.
  void add(const Change& change, const RecordPlace& place, std::string_view record_key);
  // Into the history alone: what the current table has is newer.
  void add_to_history(const Change& change, const RecordPlace& place, std::string_view record_key);
  // A TRUNCATE of the source table, to be applied. Throws SettingNeeded.
  void truncate(const Change& change, const RecordPlace& place);
  void finish();  // after the last one

  // Rows want large values that updates did not touch.
  bool wants_values() const { return history_ && !history_->unchanged().wanted().empty(); }
  bool is_empty() const { return added_ == 0; }
  // That the rows of the batch take, but for those that were poured.
  size_t text_bytes() const { return (history_ ? history_->text().size() : 0) + (current_ ? current_->text_bytes() : 0); }
  HistoryRows* history() { return history_.get(); }
  CurrentRows* current() { return current_.get(); }
  const Table* history_table() const { return history_table_ ? &*history_table_ : nullptr; }
  const Table* current_table() const { return current_table_ ? &*current_table_ : nullptr; }
  bool left_out_fields() const;
  std::vector<std::string> take_notes();

 private:
  void note_source(const Change& change);

  const bool notes_sources_;  // only a TRUNCATE asks for them
  const std::optional<Table> history_table_, current_table_;
  std::unique_ptr<HistoryRows> history_;
  std::unique_ptr<CurrentRows> current_;
  std::set<std::string> sources_;  // the source tables that were seen to come here
  std::string last_schema_, last_table_;  // of the last change: nearly always the next one's, too
  size_t added_ = 0;               // of the batch
};

}  // namespace sluice::debezium
