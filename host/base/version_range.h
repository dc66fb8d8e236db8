// Ranges of versions as Maven writes them, which Connect took over for plugins: "[4.0,5.0)", "(,2.0],[3.0,)". Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// Below zero, zero, above zero. Numbers by value, missing ones are 0; a word makes a version older than the one without it.
int compare_versions(std::string_view a, std::string_view b);

class VersionRange {
 public:
  // A version alone means exactly that one. Nothing where the text is no range. Empty text: the range that holds nothing.
  static std::optional<VersionRange> parse(std::string_view text);
  bool contains(std::string_view version) const;
  const std::string& text() const { return text_; }  // "[4.1.1,4.1.1]"

 private:
  struct Part {
    std::string low, high;  // empty: without end
    bool with_low, with_high;
  };
  std::vector<Part> parts_;
  std::string text_;
};

}  // namespace sluice
