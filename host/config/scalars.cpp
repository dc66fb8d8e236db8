#include "config/scalars.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace sluice {
namespace {

struct Unit {
  std::string_view name;  // lower case
  int64_t factor;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// "64 KiB" by a table of units; the first unit is that of a bare number.
template <size_t N>
std::optional<int64_t> parse_with_unit(std::string_view text, const Unit (&units)[N]) {
  text = trim(text);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return {};
  const std::string unit = lower(trim({end, static_cast<size_t>(text.data() + text.size() - end)}));
  for (const Unit& known : units) {
    if (unit != known.name && !(unit.empty() && &known == units)) continue;
    if (number > std::numeric_limits<int64_t>::max() / known.factor || number < std::numeric_limits<int64_t>::min() / known.factor)
      return {};
    return number * known.factor;
  }
  return {};
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) {  // Java takes it, from_chars does not
    text.remove_prefix(1);
    if (text.starts_with('-')) return {};
  }
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  if (trim(text).empty()) return items;
  for (;;) {
    const size_t comma = text.find(',');
    items.emplace_back(trim(text.substr(0, comma)));
    if (comma == text.npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::optional<int64_t> parse_int(std::string_view text) { return parse_number<int64_t>(text); }

std::optional<double> parse_float(std::string_view text) {
  const auto number = parse_number<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<bool> parse_bool(std::string_view text) {
  const std::string word = lower(trim(text));
  if (word == "true") return true;
  if (word == "false") return false;
  return {};
}

std::optional<int64_t> parse_duration_ms(std::string_view text) {
  static constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  return parse_with_unit(text, kUnits);
}

std::optional<int64_t> parse_size(std::string_view text) {
  static constexpr Unit kUnits[] = {
      {"b", 1},
      {"kib", int64_t{1} << 10}, {"mib", int64_t{1} << 20}, {"gib", int64_t{1} << 30}, {"tib", int64_t{1} << 40},
      {"kb", 1'000}, {"mb", 1'000'000}, {"gb", 1'000'000'000}, {"tb", 1'000'000'000'000}};
  return parse_with_unit(text, kUnits);
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(at < text.size() ? text[at] : '\0'); };
    const unsigned char first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first > 0xF4) return false;
    for (size_t k = 1; k <= more; ++k)
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    const unsigned char second = byte(i + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||  // overlong, surrogates
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))    // overlong, beyond U+10FFFF
      return false;
    i += more + 1;
  }
  return true;
}

std::string shown(std::string_view value) {
  constexpr size_t kLongest = 200;
  if (value.size() <= kLongest) return std::string(value);
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return std::string(value.substr(0, end)) + "...";
}

}  // namespace sluice
