#include "debezium_postgres_sink/decode/hstore.h"

#include <utility>

#include "debezium_postgres_sink/decode/reading.h"

namespace sluice::debezium {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

void append_pairs(std::string& out, Json map) {
  if (!map.is_object()) refuse("an hstore is no JSON object");
  bool first = true;
  for (const Json pair : map) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_quoted(out, pair.key());
    out.append("=>");
    if (pair.is_null()) out.append("NULL");
    else append_quoted(out, text_of(pair, Json::Kind::string, "an hstore's text"));
  }
}

}  // namespace

void append_hstore(std::string& out, Json value) {
  if (!value.is_string()) return append_pairs(out, value);
  JsonDocument document;
  const JsonNode* root = document.parse(value.text());
  if (!root) refuse("an hstore's text is not JSON");
  append_pairs(out, Json(root));
}

}  // namespace sluice::debezium
