#include "config/translation.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

constexpr size_t kMostTraced = 200;

void take_setting(void* arg, const char* name, const char* text) {
  if (name && text) static_cast<Translation*>(arg)->settings[name] = text;
}

void take_left(void* arg, const char* name, const char* why) {
  if (!name) return;
  static_cast<Translation*>(arg)->left.push_back(
      {name, fmt::format("{}: {}", name, why && *why ? why : "the plugin cannot honour it and gave no reason"), "", 0, false});
}

const std::string* find(const FlatConfig& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? nullptr : &found->second;
}

}  // namespace

const sluice_translate_1* translate_extension(const sluice_plugin& plugin) {
  if (!SLUICE_HAS(&plugin, sluice_plugin, extension)) return nullptr;
  return static_cast<const sluice_translate_1*>(plugin.extension(SLUICE_TRANSLATE_1));
}

Translation translate(const sluice_plugin& plugin, const FlatConfig& written) {
  std::vector<sluice_pair> pairs;
  for (const auto& [name, value] : written) pairs.push_back({name.c_str(), value.c_str()});
  Translation result;
  sluice_error error{};
  const sluice_result answer =
      translate_extension(plugin)->translate(pairs.data(), pairs.size(), take_setting, take_left, &result, &error);
  if (answer == SLUICE_OK) return result;
  error.message[sizeof error.message - 1] = error.field[sizeof error.field - 1] = '\0';
  result.left.push_back({error.field, error.message[0] ? std::string(error.message)
                                                       : fmt::format("the plugin {} could not translate the settings and gave no reason", plugin.name),
                         "", 0, false});
  return result;
}

std::vector<std::string> Origins::of(const std::string& name) {
  if (written_.size() > kMostTraced) return {};
  if (without_.empty()) {
    whole_ = translate(plugin_, written_).settings;
    for (const auto& [key, value] : written_) {
      FlatConfig less = written_;
      less.erase(key);
      without_.push_back({key, translate(plugin_, less).settings});
    }
  }
  const std::string* with_all = find(whole_, name);
  std::vector<std::string> origins;
  for (const auto& [key, settings] : without_) {
    const std::string* without = find(settings, name);
    if (!with_all != !without || (without && *without != *with_all)) origins.push_back(key);
  }
  return origins;
}

}  // namespace sluice
