#include "json_text.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

namespace sluice::demo {
namespace {

size_t skip_blanks(std::string_view text, size_t at) {
  const size_t next = text.find_first_not_of(" \t\r\n", at);
  return next == std::string_view::npos ? text.size() : next;
}

size_t end_of_string(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

size_t end_of_value(std::string_view text, size_t at) {
  if (text[at] == '"') return end_of_string(text, at);
  if (text[at] != '{' && text[at] != '[') return std::min(text.find_first_of(",}] \t\r\n", at), text.size());
  int depth = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if (text[at] == '{' || text[at] == '[') ++depth;
    if (text[at] == '}' || text[at] == ']') --depth;
    ++at;
    if (depth == 0) break;
  }
  return at;
}

std::optional<Span> look_for_member(std::string_view text, size_t object, std::string_view name) {
  if (object >= text.size() || text[object] != '{') return std::nullopt;
  size_t at = skip_blanks(text, object + 1);
  while (at < text.size() && text[at] == '"') {
    const size_t key_end = end_of_string(text, at);
    const std::string_view key = text.substr(at + 1, key_end - at - 2);
    const size_t value = skip_blanks(text, skip_blanks(text, key_end) + 1);  // past the colon
    const size_t value_end = end_of_value(text, value);
    if (key == name) return Span{value, value_end};
    at = skip_blanks(text, value_end);
    if (at < text.size() && text[at] == ',') at = skip_blanks(text, at + 1);
  }
  return std::nullopt;
}

}  // namespace

Span find_member(std::string_view text, size_t object, std::string_view name) {
  const auto found = look_for_member(text, object, name);
  if (!found) throw std::runtime_error(fmt::format("the recorded event has no field \"{}\" where Debezium puts it", name));
  return *found;
}

bool has_member(std::string_view text, size_t object, std::string_view name) {
  return look_for_member(text, object, name).has_value();
}

}  // namespace sluice::demo
