#include "config/class_names.h"

#include <cctype>
#include <string>

namespace sluice {
namespace {

std::string_view simple_name(std::string_view name) { return name.substr(name.rfind('.') + 1); }

std::string_view without_suffix(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '-') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

bool is_alias(const sluice_plugin& plugin, std::string_view name) {
  for (const char* const* alias = plugin.aliases; alias && *alias; ++alias)
    if (name == *alias || name == simple_name(*alias) || name == without_suffix(simple_name(*alias), "Connector")) return true;
  return false;
}

bool is_form_of_name(const sluice_plugin& plugin, std::string_view name) {
  const std::string written = plain(simple_name(name));
  return written == plain(plugin.name) || without_suffix(written, "connector") == plain(plugin.name);
}

}  // namespace sluice
