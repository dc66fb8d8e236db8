#include "base/regex_router.h"

#include <fmt/format.h>

#include <string_view>

#include "base/bounded_regex.h"

namespace sluice {
namespace {

constexpr size_t kLengthMax = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::variant<std::regex, std::string> RegexRouter::compile(const std::string& regex) {
  if (std::string fault = fault_of_regex(regex); !fault.empty()) return "Invalid regex: " + fault;
  try {
    return std::regex(regex, std::regex::ECMAScript);
  } catch (const std::regex_error& e) {
    return fmt::format("Invalid regex: {}", e.what());
  }
}

std::variant<RegexRouter, RegexRouter::Fault> RegexRouter::make(const std::string& regex, const std::string& replacement) {
  auto compiled = compile(regex);
  if (auto* fault = std::get_if<std::string>(&compiled)) return Fault{std::move(*fault), false};
  RegexRouter router;
  router.regex_ = std::move(std::get<std::regex>(compiled));
  if (std::string fault = router.read_replacement(replacement); !fault.empty()) return Fault{std::move(fault), true};
  return router;
}

// What Java knows and ECMAScript does not, or takes for something else.
std::string RegexRouter::fault_of_regex(const std::string& regex) {
  if (regex.size() > kLengthMax) return fmt::format("it is longer than {} bytes", kLengthMax);
  if (has_huge_number(regex)) return "a number in it has more than nine digits; write smaller ones";
  if (regex.find("&&") != regex.npos) return "&& is not known here; write the class without it";
  for (size_t i = 0; i + 1 < regex.size(); ++i) {
    const char at = regex[i], next = regex[i + 1];
    if (at == '\\') {
      constexpr std::string_view kSame = "dDwWsSbB";
      const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
      if (letter && kSame.find(next) == kSame.npos) return fmt::format("\\{} is not known here; write a class such as [a-z]", next);
      ++i;
    } else if (at == '(' && next == '?' && (i + 2 >= regex.size() || std::string_view(":=!").find(regex[i + 2]) == std::string_view::npos)) {
      return "of the groups that begin with (? only (?: (?= and (?! are known here";
    } else if ((at == '*' || at == '+' || at == '?' || at == '}') && next == '+') {
      return fmt::format("{}+ is not known here; write {} alone", at, at);
    }
  }
  return {};
}

// As Matcher.appendReplacement reads it: \ takes the next character as it is, $ names a group by the most digits that make one.
std::string RegexRouter::read_replacement(const std::string& replacement) {
  std::string text;
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char at = replacement[i];
    if (at == '\\') {
      if (++i == replacement.size()) return "it ends in a \\; write \\\\ for the character itself";
      text += replacement[i];
    } else if (at != '$') {
      text += at;
    } else {
      if (i + 1 == replacement.size() || !is_digit(replacement[i + 1]))
        return "$ has to be followed by the number of a group; write \\$ for the character itself";
      size_t group = static_cast<size_t>(replacement[++i] - '0');
      if (group > regex_.mark_count()) return fmt::format("the regex has no group {}", group);
      for (; i + 1 < replacement.size() && is_digit(replacement[i + 1]); ++i) {
        const size_t longer = group * 10 + static_cast<size_t>(replacement[i + 1] - '0');
        if (longer > regex_.mark_count()) break;
        group = longer;
      }
      replacement_.push_back({std::move(text), 0, false});
      replacement_.push_back({{}, group, true});
      text.clear();
    }
  }
  replacement_.push_back({std::move(text), 0, false});
  return {};
}

// As Connect does it: where the whole name matches, the first match is replaced, which may be a part of it.
std::string RegexRouter::route(const std::string& topic) const {
  const CountedText text(topic);
  CountedText::Match match;
  if (!text.matches(regex_) || !text.holds(regex_, match)) return topic;
  std::string routed = match.prefix();
  for (const Piece& piece : replacement_) routed += piece.is_group ? match[piece.group].str() : piece.text;
  return routed + match.suffix().str();
}

}  // namespace sluice
