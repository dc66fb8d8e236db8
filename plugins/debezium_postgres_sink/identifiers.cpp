#include "debezium_postgres_sink/identifiers.h"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "debezium_postgres_sink/utf8.h"

namespace sluice::debezium {

std::string quoted(std::string_view name) {
  if (name.empty()) throw std::invalid_argument("a name is empty");
  if (name.size() > 63) throw std::invalid_argument(fmt::format("the name \"{}...\" is longer than Postgres's 63 bytes", name.substr(0, 20)));
  if (!is_utf8(name)) throw std::invalid_argument("a name is not valid UTF-8");
  std::string out = "\"";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) throw std::invalid_argument("a name holds a control character");
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

std::string TableName::shown() const { return schema == "public" ? table : schema + "." + table; }

TableName parse_table_name(std::string_view text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      parts.emplace_back();
    } else if (text[i] != '"' || !parts.back().empty()) {
      parts.back().push_back(text[i]);
    } else {
      for (++i;; ++i) {
        if (i == text.size()) throw std::invalid_argument("a quoted name does not end");
        if (text[i] == '"' && (i + 1 == text.size() || text[i + 1] != '"')) break;
        if (text[i] == '"') ++i;
        parts.back().push_back(text[i]);
      }
      if (i + 1 < text.size() && text[i + 1] != '.') throw std::invalid_argument("a quoted name has to end the name or be followed by a dot");
    }
  }
  if (parts.size() > 2) throw std::invalid_argument("it has more than one dot: write schema.table, and quote a name that holds a dot");
  TableName name{parts.size() == 2 ? parts[0] : "public", parts.back()};
  (void)name.sql();  // throws where a part cannot be a name
  return name;
}

}  // namespace sluice::debezium
