// std::regex with an end. It tries one way to match after the other, and of some patterns, such as (a+)+b, there are more ways than
// anybody can wait for: 28 letters take ten seconds, each further one twice as long. Any thread.
#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice {

// Whether the pattern holds a number of more than nine digits: std::regex counts what follows a \ or stands in {} in an int, which overflows.
inline bool has_huge_number(std::string_view pattern) {
  std::size_t longest = 0, digits = 0;
  for (const char c : pattern) longest = std::max(longest, digits = c >= '0' && c <= '9' ? digits + 1 : 0);
  return longest > 9;
}

struct RegexTooSlow : std::invalid_argument {
  explicit RegexTooSlow(const std::string& text)
      : std::invalid_argument("a regular expression has too many ways to match \"" + text + "\"; write it without one repetition inside another, such as (a+)+") {}
};

// Reads a text and counts how often; throws RegexTooSlow where that passes all measure, which is after about a tenth of a second.
class CountedText {
 public:
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Iterator() = default;
    Iterator(const char* at, const CountedText* text) : at_(at), text_(text) {}
    reference operator*() const {
      if (++text_->reads_ > kReadsMax) throw RegexTooSlow(text_->text_);
      return *at_;
    }
    Iterator& operator++() { return ++at_, *this; }
    Iterator& operator--() { return --at_, *this; }
    Iterator operator++(int) { return {at_++, text_}; }
    Iterator operator--(int) { return {at_--, text_}; }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const char* at_ = nullptr;
    const CountedText* text_ = nullptr;
  };
  using Match = std::match_results<Iterator>;

  explicit CountedText(const std::string& text) : text_(text) {}  // which outlives this
  CountedText(const CountedText&) = delete;
  CountedText& operator=(const CountedText&) = delete;

  bool matches(const std::regex& regex) const { return std::regex_match(begin(), end(), regex); }
  bool holds(const std::regex& regex, Match& match) const { return std::regex_search(begin(), end(), match, regex); }

 private:
  // The longest name of a topic, 249 letters, is read a few hundred times by what people write.
  static constexpr std::size_t kReadsMax = 1'000'000;

  Iterator begin() const { return {text_.data(), this}; }
  Iterator end() const { return {text_.data() + text_.size(), this}; }

  const std::string& text_;
  mutable std::size_t reads_ = 0;
};

}  // namespace sluice
