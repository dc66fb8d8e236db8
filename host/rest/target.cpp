#include "rest/target.h"
#include <charconv>
#include <algorithm>
#include <fmt/format.h>
#include "base/utf8.h"

namespace sluice {
namespace {

// Not std::tolower and its kind: they depend on the locale.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (decoded.find('\0') != std::string::npos || !valid_utf8(decoded)) return std::nullopt;
  return decoded;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::string> decode_query(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

// "http://host:8083/connectors", as a proxy would be asked, means the same as "/connectors".
std::string_view without_authority(std::string_view target) {
  if (!target.starts_with("http://") && !target.starts_with("https://")) return target;
  const size_t path = target.find('/', target.find("//") + 2);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

}  // namespace

std::optional<RequestTarget> parse_target(std::string_view target) {
  target = without_authority(target);
  if (!target.starts_with('/')) return std::nullopt;
  const size_t question = target.find('?');
  std::string_view path = target.substr(1, question == std::string_view::npos ? question : question - 1);
  if (path.ends_with('/')) path.remove_suffix(1);

  RequestTarget parsed;
  if (!path.empty() || target.starts_with("//")) {
    for (const std::string_view segment : split(path, '/')) {
      std::optional<std::string> decoded = percent_decode(segment.substr(0, segment.find(';')));
      if (!decoded) return std::nullopt;
      parsed.segments.push_back(std::move(*decoded));
    }
  }
  if (question == std::string_view::npos) return parsed;
  for (const std::string_view pair : split(target.substr(question + 1), '&')) {
    const size_t equals = pair.find('=');
    std::optional<std::string> name = decode_query(pair.substr(0, equals));
    std::optional<std::string> value = decode_query(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (name && value && !name->empty()) parsed.query.emplace_back(std::move(*name), std::move(*value));
  }
  return parsed;
}

const std::string* RequestTarget::find(std::string_view name) const {
  const auto found = std::ranges::find_if(query, [&](const auto& pair) { return pair.first == name; });
  return found == query.end() ? nullptr : &found->second;
}

std::optional<uint64_t> RequestTarget::number(std::string_view name, uint64_t unset, uint64_t low, uint64_t high) const {
  const std::string* text = find(name);
  if (!text) return unset;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < low || value > high) return std::nullopt;
  return value;
}

bool RequestTarget::flag(std::string_view name, bool unset) const {
  const std::string* value = find(name);
  return value ? equal_ignoring_case(*value, "true") : unset;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    encoded += unreserved ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace sluice
