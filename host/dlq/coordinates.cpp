#include "dlq/coordinates.h"

#include <charconv>

namespace sluice {

template <class Number>
std::optional<Number> parse_place(std::string_view digits) {
  Number number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0) return std::nullopt;
  return number;
}
template std::optional<int32_t> parse_place(std::string_view digits);
template std::optional<int64_t> parse_place(std::string_view digits);

std::optional<Coordinates> parse_coordinates(std::string_view text) {
  // From the right: a topic's name may hold dashes.
  const size_t at = text.rfind('@');
  if (at == text.npos) return std::nullopt;
  const size_t dash = text.substr(0, at).rfind('-');
  if (dash == text.npos || dash == 0) return std::nullopt;
  const auto partition = parse_place<int32_t>(text.substr(dash + 1, at - dash - 1));
  const auto offset = parse_place<int64_t>(text.substr(at + 1));
  if (!partition || !offset) return std::nullopt;
  return Coordinates{{std::string(text.substr(0, dash)), *partition}, *offset};
}

}  // namespace sluice
