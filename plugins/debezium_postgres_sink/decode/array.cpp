#include "debezium_postgres_sink/decode/array.h"

#include <algorithm>
#include <utility>

#include "debezium_postgres_sink/decode/input.h"
#include "debezium_postgres_sink/decode/reading.h"

namespace sluice::debezium {
namespace {

bool is_null_word(std::string_view text) {
  return text.size() == 4 && std::ranges::equal(text, std::string_view("null"), [](char a, char b) { return (a | 0x20) == b; });
}

bool needs_quotes(std::string_view text, char delimiter) {
  // Blanks as Postgres's array_in knows them.
  static constexpr std::string_view kSpecial = "\"\\{} \t\n\r\v\f";
  return text.empty() || is_null_word(text) || text.find_first_of(kSpecial) != text.npos || text.find(delimiter) != text.npos;
}

// What was appended since `from` becomes one element.
void quote(std::string& out, size_t from, char delimiter) {
  if (!needs_quotes(std::string_view(out).substr(from), delimiter)) return;
  const std::string text = out.substr(from);
  out.resize(from);
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

void append_array(std::string& out, Json value, const Schema* schema, const ColumnType& element, const ValueSettings& settings) {
  out.push_back('{');
  bool first = true;
  for (const Json item : value) {
    if (!std::exchange(first, false)) out.push_back(element.delimiter);
    if (item.is_null()) {
      out.append("NULL");
      continue;
    }
    const size_t from = out.size();
    append_input(out, item, schema, element, settings);
    quote(out, from, element.delimiter);
  }
  out.push_back('}');
}

void append_vector(std::string& out, Json value) {
  out.push_back('[');
  bool first = true;
  for (const Json item : value) {
    if (!std::exchange(first, false)) out.push_back(',');
    out.append(float_of(item, "a vector's number"));
  }
  out.push_back(']');
}

// Connect writes a map whose keys are numbers as an array of pairs.
void append_sparse_vector(std::string& out, Json value) {
  const Json pairs = value.find("vector");
  if (!pairs.is(Json::Kind::array)) refuse("a sparse vector lacks its pairs");
  out.push_back('{');
  bool first = true;
  for (const Json pair : pairs) {
    auto at = pair.begin();
    if (!pair.is(Json::Kind::array) || !(at != pair.end())) refuse("a sparse vector's pair is none");
    const Json index = *at;
    if (!(++at != pair.end())) refuse("a sparse vector's pair is none");
    if (!std::exchange(first, false)) out.push_back(',');
    out.append(std::to_string(integer_of(index, "a sparse vector's index"))).append(":").append(float_of(*at, "a vector's number"));
  }
  out.append("}/").append(std::to_string(integer_of(value.find("dimensions"), "a sparse vector's size")));
}

}  // namespace sluice::debezium
