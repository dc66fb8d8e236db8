#include "debezium_postgres_sink/map/history_rows.h"

#include <algorithm>
#include <span>
#include <utility>

#include "debezium_postgres_sink/decode/binary.h"
#include "debezium_postgres_sink/map/reused_text.h"
#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

// Large enough to cost next to nothing a row, small enough that the database begins early.
constexpr size_t kPieceBytes = size_t{128} << 10;

}  // namespace

HistoryRows::HistoryRows(const Settings& settings, const Table& table, bool may_lack) : mapping_(settings, table, may_lack) {}

void HistoryRows::begin(int64_t now_us, RowOutlet* outlet) {
  outlet_ = outlet;
  if (!copies_.empty()) text_ = std::move(copies_.front().text);
  empty_for_reuse(text_);
  copies_.clear();
  copied_ = 0;
  mapping_.begin(now_us);
  begin_copy();
}

void HistoryRows::begin_copy() {
  mapping_.reset();
  format_ = CopyFormat::text;
  poured_ = 0;
  ends_.clear();
  growths_.clear();
}

void HistoryRows::add(const Change& change, const RecordPlace& place, std::string_view key) {
  const size_t slots_before = mapping_.slots().size();
  mapping_.read(change);
  if (rows_in_copy() > 0 && differs_by_default(slots_before)) {
    mapping_.shrink(slots_before);  // what only this row has
    close_copy();
    mapping_.read(change);
  }
  if (rows_in_copy() == 0 && may_be_binary()) format_ = CopyFormat::binary;
  const size_t before = text_.size();
  try {
    if (format_ == CopyFormat::binary) append_binary_row(change, place, key);
    else append_row(change, place, key);
  } catch (...) {
    text_.resize(before);
    throw;
  }
  if (growths_.empty() || growths_.back().second != mapping_.slots().size()) growths_.emplace_back(ends_.size(), mapping_.slots().size());
  ends_.push_back(text_.size());
  if (change.operation == Operation::remove) unchanged_.forget(key);
  if (outlet_ && text_.size() >= kPieceBytes) pour();
}

// Does the row that was read lack a column with a default that the rows before it have, or the other way round?
bool HistoryRows::differs_by_default(size_t slots_before) const {
  // What `columns` lists is always written; and a copy needs a column.
  if (mapping_.is_listed() || slots_before == 0) return false;
  const auto& slots = mapping_.slots();
  for (size_t i = mapping_.fixed(); i < slots.size(); ++i)
    if (slots[i].column->has_default && (i >= slots_before || mapping_.cells()[slots[i].cell].has == Cell::Has::no)) return true;
  return false;
}

void HistoryRows::append_row(const Change& change, const RecordPlace& place, std::string_view key) {
  const auto& slots = mapping_.slots();
  for (size_t i = 0; i < slots.size(); ++i) {
    if (i > 0) text_.push_back('\t');
    append_cell(text_, slots[i], change, place, key);
  }
  text_.push_back('\n');
}

// As COPY's text.
void HistoryRows::append_cell(std::string& out, const Slot& slot, const Change& change, const RecordPlace& place, std::string_view key) {
  const Cell& cell = mapping_.cells()[slot.cell];
  const size_t from = out.size();
  if (!slot.field.empty() && cell.has == Cell::Has::unchanged) return void(out.append(unchanged_.find(key, slot.column->name).value_or(kNullCell)));
  mapping_.append(out, slot, change, place);
  if (!slot.field.empty() && cell.has == Cell::Has::yes) unchanged_.note(key, slot.column->name, std::string_view(out).substr(from));
}

// The table's columns that events have must all have a form in the binary format.
bool HistoryRows::may_be_binary() const {
  return outlet_ && outlet_->takes_binary() &&
         std::ranges::none_of(mapping_.slots(), [](const Slot& slot) { return slot.column->type.wire == Wire::none; });
}

void HistoryRows::append_binary_row(const Change& change, const RecordPlace& place, std::string_view key) {
  append_row_head(text_, mapping_.slots().size());
  for (const Slot& slot : mapping_.slots()) {
    cell_.clear();
    append_cell(cell_, slot, change, place, key);
    if (!append_field(text_, cell_, slot.column->type.wire)) throw CannotPour{.for_binary = true};
  }
}

void HistoryRows::finish() {
  if (rows_in_copy() > 0 && mapping_.slots().empty())
    throw SettingNeeded("table.name", "table " + mapping_.table().shown + " has no column for any field of the events; correct table.name, add the "
                                      "columns, or map them with \"columns\"");
  mapping_.end();
  if (rows_in_copy() > 0) close_copy();
}

void HistoryRows::close_copy() {
  if (outlet_) {
    pour();
  } else {
    pad_short_rows();
    copies_.push_back({column_list(), std::exchange(text_, {})});
  }
  copied_ += rows_in_copy();
  begin_copy();
}

void HistoryRows::pour() {
  if (ends_.empty()) return;
  pad_short_rows();
  const size_t slots = mapping_.slots().size();
  // A column came up that rows which are gone already lack.
  if (poured_ > 0 && poured_slots_ != slots) throw CannotPour();
  // A column without a binary format may have come up with a record that was refused.
  if (format_ == CopyFormat::binary && !may_be_binary()) throw CannotPour{.for_binary = true};
  outlet_->pour(mapping_.table(), column_list(), format_, text_);
  poured_ += ends_.size();
  poured_slots_ = slots;
  text_.clear();
  ends_.clear();
  growths_.clear();
}

// Rows that were added before the last slot came up lack its cell.
void HistoryRows::pad_short_rows() {
  const size_t slots = mapping_.slots().size();
  if (growths_.empty() || growths_.front().second == slots) return;
  std::string padded;
  padded.reserve(text_.size() + ends_.size() * 4);
  size_t from = 0, growth = 0;
  for (size_t row = 0; row < ends_.size(); ++row) {
    while (growth + 1 < growths_.size() && growths_[growth + 1].first <= row) ++growth;
    pad(padded, std::string_view(text_).substr(from, ends_[row] - from), growths_[growth].second);
    from = ends_[row];
    ends_[row] = padded.size();
  }
  text_ = std::move(padded);
  growths_ = {{0, slots}};
}

// Appends the row with NULLs behind its cells.
void HistoryRows::pad(std::string& out, std::string_view row, size_t cells) const {
  const size_t slots = mapping_.slots().size();
  if (format_ == CopyFormat::binary) {
    append_row_head(out, slots);
    out.append(row.substr(kRowHeadBytes));
    for (; cells < slots; ++cells) append_null_field(out);
    return;
  }
  out.append(row.substr(0, row.size() - 1));  // without its line feed
  for (; cells < slots; ++cells) out.append(cells == 0 ? "" : "\t").append(kNullCell);
  out.push_back('\n');
}

bool HistoryRows::takes_empty_row() const {
  const auto slots = std::span(mapping_.slots()).first(mapping_.fixed());
  const auto is_filled = [&](const TargetColumn& c) {
    return std::ranges::any_of(slots, [&](const Slot& s) { return s.column == &c && s.field.empty(); });
  };
  const auto is_null = [&](const TargetColumn& c) {
    return std::ranges::any_of(slots, [&](const Slot& s) { return s.column == &c && !s.field.empty(); });
  };
  return std::ranges::any_of(mapping_.table().columns, is_filled) && std::ranges::none_of(mapping_.table().columns, [&](const TargetColumn& c) {
    return c.not_null && !is_filled(c) && (is_null(c) || !(c.has_default || c.generated));
  });
}

std::string HistoryRows::column_list() const {
  std::string list;
  for (const Slot& slot : mapping_.slots()) list.append(list.empty() ? "" : ", ").append(quote_identifier(slot.column->name));
  return list;
}

}  // namespace sluice::debezium
