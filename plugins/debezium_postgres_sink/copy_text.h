// Rows in the text format of COPY, in one buffer that grows to a batch's size and is then reused. Task thread only.
#pragma once
#include <string>
#include <string_view>

namespace sluice::debezium {

class CopyText {
 public:
  void clear() { buffer_.clear(); }
  std::string_view bytes() const { return buffer_; }

  // A row is its values in the order of the columns, then end_row(). undo_row() drops a row that could not be finished.
  void begin_row() { row_ = buffer_.size(); }
  void null() { buffer_.append("\\N\t"); }
  void plain(std::string_view value) { buffer_.append(value).push_back('\t'); }  // holds nothing that needs escaping
  void text(std::string_view value);  // throws RecordError on a NUL, which Postgres cannot store
  void end_row() { buffer_.size() > row_ ? void(buffer_.back() = '\n') : buffer_.push_back('\n'); }
  void undo_row() { buffer_.resize(row_); }

 private:
  std::string buffer_;
  size_t row_ = 0;
};

}  // namespace sluice::debezium
