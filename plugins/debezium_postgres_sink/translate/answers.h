// What a translation gives: the plugin's own settings, and those that it cannot honour. Pure.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::debezium {

using SettingsMap = std::map<std::string, std::string>;

class Answers {
 public:
  // `written`: what the user wrote. What he wrote of the plugin's own settings wins over what is translated.
  explicit Answers(const SettingsMap& written) : written_(written) {}

  const std::string* find(const std::string& name) const {
    const auto found = written_.find(name);
    return found == written_.end() ? nullptr : &found->second;
  }
  std::string text(const std::string& name) const { return find(name) ? *find(name) : std::string(); }
  const SettingsMap& written() const { return written_; }

  // The setting is understood: it is not passed through.
  void understood(const std::string& name) { understood_.insert(name); }
  bool is_understood(const std::string& name) const { return understood_.contains(name); }
  void set(const std::string& name, std::string text) { set_[name] = std::move(text); }
  void leave(const std::string& name, std::string why) {
    understood(name);
    left_.try_emplace(name, std::move(why));
  }

  const SettingsMap& settings() const { return set_; }
  const SettingsMap& left() const { return left_; }

 private:
  const SettingsMap& written_;
  std::set<std::string> understood_;
  SettingsMap set_, left_;
};

// By comma, each without blanks around it; empty ones are left out.
std::vector<std::string> names_in(std::string_view list);
// true, false in any capitals, as Connect reads them; nothing for another text.
std::optional<bool> flag_in(std::string_view text);
std::string in_lower_case(std::string_view text);

}  // namespace sluice::debezium
