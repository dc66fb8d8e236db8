#include "debezium_postgres_sink/map/target.h"

#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {

Target::Target(const Settings& settings, std::optional<Table> history, std::optional<Table> current)
    : notes_sources_(settings.truncates == Truncates::apply), history_table_(std::move(history)), current_table_(std::move(current)) {
  const bool both = settings.mode == Mode::both;
  if (history_table_) history_ = std::make_unique<HistoryRows>(settings, *history_table_, both);
  if (current_table_) current_ = std::make_unique<CurrentRows>(settings, *current_table_, both);
  if (!both) return;
  for (const auto& [name, source] : settings.columns)
    if (name != kEveryField && meta_of(source) != Meta::none && !history_table_->find(name) && !current_table_->find(name))
      throw SettingNeeded("columns", "neither table " + history_table_->shown + " nor " + current_table_->shown + " has the column \"" + name +
                                     "\", which \"columns\" names; add it or take it out of \"columns\"");
}

void Target::begin(int64_t now_us, RowOutlet* outlet) {
  added_ = 0;
  if (history_) history_->begin(now_us, outlet);
  if (current_) current_->begin(now_us);
}

void Target::add(const Change& change, const RecordPlace& place, std::string_view record_key) {
  // What can fail comes before what is kept, so that a bad record leaves nothing in either.
  if (current_) current_->read(change, place);
  if (history_) history_->add(change, place, current_ ? current_->key() : record_key);
  if (current_) current_->apply();
  if (notes_sources_) note_source(change);
  ++added_;
}

void Target::add_to_history(const Change& change, const RecordPlace& place, std::string_view record_key) {
  if (!history_) return;
  history_->add(change, place, record_key);
  ++added_;
}

void Target::truncate(const Change& change, const RecordPlace& place) {
  note_source(change);
  if (current_ && sources_.size() > 1)
    throw SettingNeeded("truncate.mode", "a source table was truncated, and rows of others are in table " + current_table_->shown +
                                         " as well, which would go with it; set truncate.mode: ignore, or give each source table its own");
  if (history_ && history_->takes_empty_row()) history_->add(change, place, "");
  if (current_) current_->truncate();
  ++added_;
}

void Target::note_source(const Change& change) {
  if (change.source_table().empty() || (change.source_table() == last_table_ && change.source_schema() == last_schema_)) return;
  last_schema_ = change.source_schema();
  last_table_ = change.source_table();
  sources_.insert(last_schema_ + "." + last_table_);
}

void Target::finish() {
  if (history_) history_->finish();
  if (current_) current_->finish();
}

bool Target::left_out_fields() const {
  return (history_ && history_->mapping().left_out_fields()) || (current_ && current_->mapping().left_out_fields());
}

std::vector<std::string> Target::take_notes() {
  std::vector<std::string> notes;
  if (history_) notes = history_->mapping().take_notes();
  if (current_)
    for (std::string& note : current_->mapping().take_notes()) notes.push_back(std::move(note));
  return notes;
}

}  // namespace sluice::debezium
