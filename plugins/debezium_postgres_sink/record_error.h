// A record that can never be written as it is. Thrown while a record is decoded, caught once, by the batch's encoder, which
// knows where the record stands. The text says what is wrong and holds no data of the record.
#pragma once
#include <stdexcept>
#include <string>

namespace sluice::debezium {

// A name out of a record may hold anything that UTF-8 can: a sentence stays a line, and as long as a person reads.
std::string one_line(const std::string& text);

struct RecordError : std::runtime_error {
  explicit RecordError(const std::string& reason, std::string code_ = "record") 
      : std::runtime_error(one_line(reason)), code(std::move(code_)) {}
  std::string code;    // stable, for machines: "22008", or a word where no SQLSTATE says it
  std::string column;  // filled in by whoever knows it
};

inline std::string about_column(const std::string& column, const std::string& text) {
  return column.empty() ? text : "column \"" + column + "\": " + text;
}

// The record may be sound, but a setting is needed to read it. Nothing of the batch is written until a person has set it.
struct SettingNeeded : std::runtime_error {
  SettingNeeded(std::string option_, const std::string& reason) : std::runtime_error(one_line(reason)), option(std::move(option_)) {}
  std::string option;
  std::string column;
};

// A table is to be created, and the record is a tombstone, which says nothing about its columns. Another record may.
struct ColumnsUnknown : SettingNeeded {
  using SettingNeeded::SettingNeeded;
};

}  // namespace sluice::debezium
