#include "debezium_postgres_sink/translate/answers.h"

#include <algorithm>
#include <cctype>

namespace sluice::debezium {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr const char* kBlanks = " \t\r\n";
  const size_t from = text.find_first_not_of(kBlanks);
  return from == text.npos ? std::string_view() : text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
}

}  // namespace

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    if (const std::string_view name = trimmed(list.substr(0, end)); !name.empty()) names.emplace_back(name);
    list.remove_prefix(std::min(list.size(), end + 1));
  }
  return names;
}

std::string in_lower_case(std::string_view text) {
  std::string lower(trimmed(text));
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::optional<bool> flag_in(std::string_view text) {
  const std::string word = in_lower_case(text);
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

}  // namespace sluice::debezium
