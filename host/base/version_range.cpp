#include "base/version_range.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

std::vector<std::string_view> parts_of(std::string_view version) {
  std::vector<std::string_view> parts;
  while (!version.empty()) {
    const size_t end = version.find_first_of(".-");
    parts.push_back(version.substr(0, end));
    version = end == version.npos ? "" : version.substr(end + 1);
  }
  return parts;
}

int compare_numbers(std::string_view a, std::string_view b) {
  for (std::string_view* text : {&a, &b}) text->remove_prefix(std::min(text->find_first_not_of('0'), text->size()));
  return a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
}

int compare_parts(std::string_view a, std::string_view b) {
  if (a.empty()) a = "0";
  if (b.empty()) b = "0";
  if (is_number(a) && is_number(b)) return compare_numbers(a, b);
  if (is_number(a) != is_number(b)) return is_number(a) ? 1 : -1;
  return a.compare(b);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
  const auto left = parts_of(a), right = parts_of(b);
  for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const int order = compare_parts(i < left.size() ? left[i] : "", i < right.size() ? right[i] : "");
    if (order != 0) return order;
  }
  return 0;
}

std::optional<VersionRange> VersionRange::parse(std::string_view text) {
  VersionRange range;
  std::string_view rest = trimmed(text);
  range.text_ = rest;
  if (rest.empty()) return range;
  if (rest.find_first_of("[]()") == rest.npos) {
    if (rest.find(',') != rest.npos) return std::nullopt;
    range.parts_.push_back({std::string(rest), std::string(rest), true, true});
    range.text_ = fmt::format("[{0},{0}]", rest);
    return range;
  }
  while (true) {
    const size_t end = rest.find_first_of("])");
    if ((rest.front() != '[' && rest.front() != '(') || end == rest.npos) return std::nullopt;
    const std::string_view inside = rest.substr(1, end - 1);
    const size_t comma = inside.find(',');
    if (inside.find_first_of("[(") != inside.npos || (comma != inside.npos && inside.find(',', comma + 1) != inside.npos)) return std::nullopt;
    Part part{std::string(trimmed(inside.substr(0, comma))), "", rest.front() == '[', rest[end] == ']'};
    part.high = comma == inside.npos ? part.low : std::string(trimmed(inside.substr(comma + 1)));
    // "(1.0)" holds nothing, and one that ends before it begins is a slip of the pen.
    if (comma == inside.npos && (part.low.empty() || !part.with_low || !part.with_high)) return std::nullopt;
    if (!part.low.empty() && !part.high.empty() && compare_versions(part.low, part.high) > 0) return std::nullopt;
    range.parts_.push_back(std::move(part));
    rest = trimmed(rest.substr(end + 1));
    if (rest.empty()) return range;
    if (rest.front() != ',') return std::nullopt;
    rest = trimmed(rest.substr(1));
    if (rest.empty()) return std::nullopt;
  }
}

bool VersionRange::contains(std::string_view version) const {
  return std::ranges::any_of(parts_, [&](const Part& part) {
    const int to_low = part.low.empty() ? 1 : compare_versions(version, part.low);
    const int to_high = part.high.empty() ? -1 : compare_versions(version, part.high);
    return (to_low > 0 || (to_low == 0 && part.with_low)) && (to_high < 0 || (to_high == 0 && part.with_high));
  });
}

}  // namespace sluice
