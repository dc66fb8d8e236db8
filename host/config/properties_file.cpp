#include "config/properties_file.h"

#include <charconv>
#include <cstdint>

namespace sluice {
namespace {

constexpr std::string_view kBlanks = " \t\f";

std::string_view without_leading_blanks(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  return first == text.npos ? std::string_view{} : text.substr(first);
}

std::string_view take_line(std::string_view& text) {
  const size_t end = text.find_first_of("\r\n");
  const std::string_view line = text.substr(0, end);
  if (end == text.npos) {
    text = {};
  } else {
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return line;
}

// An odd number of backslashes at its end: the line goes on.
bool continues(std::string_view line) {
  const size_t last = line.find_last_not_of('\\');
  return (line.size() - (last == line.npos ? 0 : last + 1)) % 2 == 1;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
  } else if (code < 0x10000) {
    out += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)), static_cast<char>(0x80 | (code & 0x3F))};
  } else {
    out += {static_cast<char>(0xF0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3F)),
            static_cast<char>(0x80 | (code >> 6 & 0x3F)), static_cast<char>(0x80 | (code & 0x3F))};
  }
}

// Four hex digits at `at`, or -1.
int32_t hex4(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return -1;
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 4, code, 16);
  return error == std::errc{} && end == text.data() + at + 4 ? static_cast<int32_t>(code) : -1;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    const int32_t code = c == 'u' ? hex4(text, i + 1) : -1;
    if (code < 0) {
      out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
      continue;
    }
    i += 4;
    const bool high = code >= 0xD800 && code < 0xDC00;
    const int32_t low = high && text.substr(i + 1).starts_with("\\u") ? hex4(text, i + 3) : -1;
    if (low >= 0xDC00 && low < 0xE000) {
      append_utf8(out, 0x10000 + (static_cast<uint32_t>(code - 0xD800) << 10) + static_cast<uint32_t>(low - 0xDC00));
      i += 6;
    } else {
      append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : static_cast<uint32_t>(code));
    }
  }
  return out;
}

// Where the key ends: at the first blank, = or : that no backslash precedes.
size_t key_end(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || kBlanks.find(line[i]) != kBlanks.npos) {
      return i;
    }
  }
  return line.size();
}

}  // namespace

std::map<std::string, std::string> parse_properties(std::string_view text) {
  std::map<std::string, std::string> properties;
  while (!text.empty()) {
    std::string line(without_leading_blanks(take_line(text)));
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    while (continues(line)) {
      line.pop_back();
      if (text.empty()) break;
      line += without_leading_blanks(take_line(text));
    }
    const size_t end = key_end(line);
    std::string_view value = without_leading_blanks(std::string_view(line).substr(end));
    if (value.starts_with('=') || value.starts_with(':')) value = without_leading_blanks(value.substr(1));
    properties[unescape(std::string_view(line).substr(0, end))] = unescape(value);
  }
  return properties;
}

}  // namespace sluice
