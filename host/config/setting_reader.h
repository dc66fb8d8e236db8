// Typed look-ups in a flat map of settings, each complaint in Connect's words. Lives as long as its reading.
#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "config/flat_config.h"
#include "config/problem.h"
#include "config/scalars.h"

namespace sluice {

class SettingReader {
 public:
  SettingReader(const FlatConfig& config, Problems& problems) : config_(config), problems_(problems) {}

  const std::string* find(const std::string& key) const {
    const auto found = config_.find(key);
    return found == config_.end() ? nullptr : &found->second;
  }
  std::string text(const std::string& key) const {
    const std::string* value = find(key);
    return value ? std::string(trim(*value)) : std::string();
  }

  using Parse = std::optional<int64_t> (*)(std::string_view);
  int64_t number(const std::string& key, int64_t initial, int64_t min, int64_t max, Parse parse, const char* form) {
    const std::string* value = find(key);
    if (!value) return initial;
    const auto number = parse(*value);
    if (!number) invalid(key, form);
    else if (*number < min) invalid(key, fmt::format("Value must be at least {}", min));
    else if (*number > max) invalid(key, fmt::format("Value must be no more than {}", max));
    else return *number;
    return initial;
  }
  int64_t integer(const std::string& key, int64_t initial, int64_t min, int64_t max) {
    return number(key, initial, min, max, parse_int, "Not a number of type INT");
  }
  std::chrono::milliseconds duration(const std::string& key, std::chrono::milliseconds initial, int64_t min, int64_t max) {
    return std::chrono::milliseconds(number(key, initial.count(), min, max, parse_duration_ms, kDurationForm));
  }
  uint64_t size(const std::string& key, int64_t min, int64_t max) {
    return static_cast<uint64_t>(number(key, 0, min, max, parse_size, kSizeForm));
  }
  bool boolean(const std::string& key, bool initial) {
    const std::string* value = find(key);
    if (!value) return initial;
    if (const auto flag = parse_bool(*value)) return *flag;
    invalid(key, "Expected value to be either true or false");
    return initial;
  }
  // The word's index; the first is the default.
  int one_of(const std::string& key, std::initializer_list<const char*> words) {
    const std::string* value = find(key);
    if (!value) return 0;
    int index = 0;
    for (const char* word : words) {
      if (trim(*value) == word) return index;
      ++index;
    }
    invalid(key, fmt::format("String must be one of: {}", fmt::join(words, ", ")));
    return 0;
  }

  void invalid(const std::string& key, std::string_view reason) {
    const std::string* value = find(key);
    complain(key, fmt::format("Invalid value {} for configuration {}: {}", shown(value ? *value : ""), key, reason));
  }
  void complain(const std::string& key, std::string message, std::string also = {}) {
    problems_.push_back({key, std::move(message), "", 0, false, std::move(also)});
  }
  void warn(const std::string& key, std::string message) { problems_.push_back({key, std::move(message), "", 0, true}); }

 private:
  const FlatConfig& config_;
  Problems& problems_;
};

}  // namespace sluice
