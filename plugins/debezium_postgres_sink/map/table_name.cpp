#include "debezium_postgres_sink/map/table_name.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "debezium_postgres_sink/record_error.h"

namespace sluice::debezium {
namespace {

// Postgres cuts a longer name silently, and would then speak of another table.
constexpr size_t kIdentifierMax = 63;

constexpr std::string_view kTopic = "${topic}", kUnderscored = "${topic.underscored}", kSchema = "${source.schema}", kTable = "${source.table}";

// A `${...}` at the beginning of `text`, which loses it.
std::string take_variable(std::string_view& text) {
  for (const std::string_view known : {kTopic, kUnderscored, kSchema, kTable}) {
    if (!text.starts_with(known)) continue;
    text.remove_prefix(known.size());
    return std::string(known);
  }
  throw std::invalid_argument("has a ${...} that is none of ${topic}, ${topic.underscored}, ${source.schema} and ${source.table}");
}

// One identifier at the beginning of `text`, which loses it.
std::string take_identifier(std::string_view& text) {
  std::string name;
  const bool quoted = text.starts_with('"');
  if (quoted) text.remove_prefix(1);
  for (;;) {
    if (text.starts_with("${")) {
      name.append(take_variable(text));
      continue;
    }
    if (text.empty() || (!quoted && text.front() == '.')) break;
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '"') {
      name.push_back(c);
    } else if (!quoted) {
      throw std::invalid_argument("has a quotation mark in the middle of a name");
    } else if (text.starts_with('"')) {
      name.push_back('"');
      text.remove_prefix(1);
    } else {
      if (name.empty()) throw std::invalid_argument("has an empty name in it");
      return name;
    }
  }
  if (quoted) throw std::invalid_argument("has a quotation mark that is not closed");
  if (name.empty()) throw std::invalid_argument("has an empty name in it");
  return name;
}

bool has_variable(std::string_view part) { return part.find("${") != part.npos; }

std::string fill_part(std::string_view part, std::string_view topic, std::string_view schema, std::string_view table) {
  std::string filled;
  while (!part.empty()) {
    if (!part.starts_with("${")) {
      filled.push_back(part.front());
      part.remove_prefix(1);
      continue;
    }
    const std::string variable = take_variable(part);
    std::string value(variable == kSchema ? schema : variable == kTable ? table : topic);
    if (variable == kUnderscored) std::ranges::replace(value, '.', '_');
    if (value.empty())
      throw SettingNeeded("table.name", variable + " has no value for a record of topic " + std::string(topic) + ", which does not say its table; write the name without it");
    filled.append(value);
  }
  if (filled.size() > kIdentifierMax)
    throw SettingNeeded("table.name", "\"" + filled + "\" has more than 63 bytes, which Postgres would cut; shorten it, with the transform RegexRouter for instance");
  return filled;
}

}  // namespace

TableNameTemplate::TableNameTemplate(std::string_view text, bool folds) : folds_(folds) {
  parts_.table = take_identifier(text);
  if (!text.empty()) {
    if (!text.starts_with('.')) throw std::invalid_argument("goes on after its closing quotation mark");
    text.remove_prefix(1);
    parts_.schema = std::exchange(parts_.table, take_identifier(text));
    if (!text.empty()) throw std::invalid_argument("has more than two parts");
  }
  for (const std::string* part : {&parts_.schema, &parts_.table})
    if (part->size() > kIdentifierMax && !has_variable(*part)) throw std::invalid_argument("has a name of more than 63 bytes, which Postgres would cut");
}

bool TableNameTemplate::is_fixed() const { return !has_variable(parts_.schema) && !has_variable(parts_.table); }

bool TableNameTemplate::needs_source() const {
  const std::string all = parts_.schema + parts_.table;
  return all.find(kSchema) != all.npos || all.find(kTable) != all.npos;
}

TableName TableNameTemplate::fill(std::string_view topic, std::string_view source_schema, std::string_view source_table) const {
  return {filled(parts_.schema, topic, source_schema, source_table), filled(parts_.table, topic, source_schema, source_table)};
}

std::string TableNameTemplate::filled(std::string_view part, std::string_view topic, std::string_view schema, std::string_view table) const {
  std::string name = fill_part(part, topic, schema, table);
  return folds_ ? folded(name) : name;
}

std::string folded(std::string_view name) {
  std::string lower(name);
  if (lower.starts_with('_')) return lower;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string shown(const TableName& name) { return name.schema.empty() ? name.table : name.schema + "." + name.table; }

}  // namespace sluice::debezium
