#include "debezium_postgres_sink/write/fetch_unchanged.h"

#include <algorithm>
#include <vector>

#include "debezium_postgres_sink/decode/cell.h"

namespace sluice::debezium {
namespace {

// A key as the rows hold it, COPY's text with tabs between its columns -> the columns' texts.
std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= key.size();) {
    const size_t tab = std::min(key.find('\t', from), key.size());
    append_unescaped(parts.emplace_back(), key.substr(from, tab - from));
    from = tab + 1;
  }
  return parts;
}

}  // namespace

void fetch_unchanged(pqxx::work& transaction, Target& target) {
  UnchangedValues& values = target.history()->unchanged();
  values.restart();
  if (!target.current()) return;
  const Table& table = *target.current_table();
  const auto key_columns = target.current()->key_columns();

  std::map<std::string, std::vector<std::string>> keys_by_column;
  for (const auto& [place, value] : values.wanted()) keys_by_column[place.second].push_back(place.first);
  for (const auto& [column, keys] : keys_by_column) {
    if (!table.find(column)) continue;
    // $1 numbers the keys; $2 has their texts one after the other, as many for each as the key has columns.
    const size_t width = key_columns.size();
    std::vector<int32_t> numbers;
    std::vector<std::string> texts;
    for (size_t i = 0; i < keys.size(); ++i) {
      const std::vector<std::string> key = split_key(keys[i]);
      if (key.size() != width) continue;  // of rows with another key
      numbers.push_back(static_cast<int32_t>(i));
      texts.insert(texts.end(), key.begin(), key.end());
    }
    std::string same;
    for (size_t k = 0; k < width; ++k)
      same += std::string(k > 0 ? " AND " : "") + "t." + quote_identifier(key_columns[k]->name) + " = ($2::text[])[(w.at - 1) * " + std::to_string(width) + " + " +
              std::to_string(k + 1) + "]::" + key_columns[k]->type.name;
    const pqxx::result found =
        transaction.exec("SELECT w.n, t." + quote_identifier(column) + "::text FROM unnest($1::int[]) WITH ORDINALITY AS w(n, at) JOIN " + table.quoted + " t ON " + same,
                         pqxx::params{numbers, texts});
    for (const auto& row : found) {
      std::string text;
      if (row[1].is_null()) text = kNullCell;
      else append_escaped(text, row[1].as<std::string_view>());
      values.fetched({keys[static_cast<size_t>(row[0].as<int32_t>())], column}, std::move(text));
    }
  }
}

}  // namespace sluice::debezium
